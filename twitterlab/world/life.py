"""One life of a process: from its start to its crash. What belongs to it stops with it.

Every callback of asyncio carries a context, and the context names the life it belongs to. The loop
asks it before it runs anything: a crashed process falls silent in the middle of a line, without its
`finally` blocks, as a machine without power does; a paused one continues later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any, Protocol


class Owner(Protocol):
    """Whose life it is: a node."""

    name: str

    async def spend(self, operation: str) -> None:
        """Work as long as `operation` takes."""
        ...


class Life:
    """Between a start and a crash. `is_running` is False while paused and for good once it ended."""

    __slots__ = ("_dead", "_held", "is_ended", "is_running", "owner")

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self.is_running = True
        self.is_ended = False
        self._dead: list[asyncio.Task[Any]] = []
        self._held: list[Callable[[], object]] = []

    def hold(self, call: Callable[[], object]) -> None:
        """Keep what came due while paused, for later. After the end it is forgotten."""
        if not self.is_ended:
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

    def end(self, tasks: Iterable[asyncio.Task[Any]]) -> None:
        """Stop for good. `tasks` are kept as they stand: letting go of one runs its `finally` blocks (`graves.py`)."""
        self.is_running, self.is_ended = False, True
        self._held.clear()
        self._dead.extend(tasks)

    def leave(self) -> list[asyncio.Task[Any]]:
        """The tasks that it ended with; from here on it does not hold them."""
        dead, self._dead = self._dead, []
        return dead


LIFE: ContextVar[Life | None] = ContextVar("twitterlab_life", default=None)
"""The life that the running code belongs to; None for code that belongs to no node, such as a test."""
