"""One life of a process: from its start to its crash. What belongs to it stops with it.

Every callback of asyncio carries a context, and the context names the life it belongs to. The loop
asks it before it runs anything: a crashed process falls silent in the middle of a line, without its
`finally` blocks, as a machine without power does; a paused one continues later.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any


class Life:
    """Between a start and a crash. `is_running` is False while paused and for good once it ended."""

    __slots__ = ("_held", "is_ended", "is_running", "owner")

    def __init__(self, owner: Any = None) -> None:
        self.owner = owner
        self.is_running = True
        self.is_ended = False
        self._held: list[Callable[[], object]] = []

    def hold(self, call: Callable[[], object]) -> None:
        """Keep what came due while paused. What comes due after the end is kept too, and never runs."""
        self._held.append(call)

    def pause(self) -> None:
        self.is_running = False

    def resume(self) -> list[Callable[[], object]]:
        """Go on; gives what came due meanwhile, in its order."""
        if self.is_ended:
            return []
        self.is_running = True
        held, self._held = self._held, []
        return held

    def end(self) -> None:
        self.is_running, self.is_ended = False, True


LIFE: ContextVar[Life | None] = ContextVar("twitterlab_life", default=None)
"""The life that the running code belongs to; None for code that belongs to no node, such as a test."""
