"""A folder that one server at a time keeps its data in."""

from __future__ import annotations

import time
from pathlib import Path
from typing import IO

from twitterlab.errors import TwitterlabError

LETS_GO_WITHIN_S = 1.0
ASK_EVERY_S = 0.002


class FolderTaken(TwitterlabError):
    """Another server keeps its data there."""


def lock(folder: Path) -> IO[bytes]:
    """Lock `folder` until the file returned, and every copy of it that a child inherits, is closed. So a server
    that outlives us by a moment still holds it. FolderTaken after a second."""
    import fcntl

    file = (folder / "lock").open("ab")
    deadline = time.monotonic() + LETS_GO_WITHIN_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError:
            if time.monotonic() > deadline:
                file.close()
                next_step = "End that run first, or choose another folder."
                raise FolderTaken(f"another server runs in {folder}", next_step) from None
            time.sleep(ASK_EVERY_S)
