"""Who runs a program that refuses to run as root: us, unless we are root.

For root it is the user `nobody`, to whom its folder is given. Where nobody may enter (a folder below a closed one, as
temporary folders of root are) the program runs in a user namespace, in which root has another number and keeps its
rights to its own files (user_namespaces(7)).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from twitterlab.errors import BadInput

NOBODY = 65_534
ENTER = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")


@dataclass(frozen=True, slots=True)
class Runner:
    """`prefix` goes before a command; `user` is whom it is given to, None for us."""

    prefix: tuple[str, ...] = ()
    user: int | None = None

    def own(self, path: Path) -> None:
        """Give `path` to who runs the program."""
        if self.user is not None:
            os.chown(path, self.user, -1)


def runner(*paths: Path) -> Runner:
    """For a program that needs these paths. BadInput when none can be found."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return Runner()
    closed = next((folder for path in paths for folder in path.resolve().parents if not _is_open(folder)), None)
    if closed is None:
        return Runner(user=NOBODY)
    if not _has_namespaces():
        raise BadInput(
            f"PostgreSQL does not run as root, and nobody else may enter {closed}",
            "Work as another user, or in a folder that all may enter.",
        )
    return Runner(prefix=ENTER)


def _is_open(folder: Path) -> bool:
    return bool(folder.stat().st_mode & 0o001)


@cache
def _has_namespaces() -> bool:
    return shutil.which(ENTER[0]) is not None and subprocess.run([*ENTER, "true"], capture_output=True).returncode == 0
