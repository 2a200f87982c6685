"""Waiting until several servers agree, by asking them."""

from __future__ import annotations

import time
from collections.abc import Callable

from twitterlab.servers.process import ASK_EVERY_S, STARTS_WITHIN_S, StartFailed


def until(is_so: Callable[[], bool], what: str, every_s: float = ASK_EVERY_S) -> None:
    """Return once `is_so`, which is asked `every_s`. StartFailed that names `what` was waited for, after 30 s."""
    deadline = time.monotonic() + STARTS_WITHIN_S
    while not is_so():
        if time.monotonic() > deadline:
            raise StartFailed(f"waited {STARTS_WITHIN_S:.0f} s for {what}", "Is this machine busy? Try again.")
        time.sleep(every_s)
