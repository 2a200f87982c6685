"""One life of a process: from its start to its crash. What belongs to it stops with it.

Every callback of asyncio carries a context, and the context names the life it belongs to. The loop
asks it before it runs anything: a crashed process falls silent in the middle of a line, without its
`finally` blocks, as a machine without power does; a paused one continues later.
"""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any, Protocol

MOST_AWAITS = 100
"""Awaits in the `finally` blocks of one dead task, when it is let go of."""


class Owner(Protocol):
    """Whose life it is: a node."""

    name: str

    async def spend(self, operation: str) -> None:
        """Work as long as `operation` takes."""
        ...


class Life:
    """Between a start and a crash. `is_running` is False while paused and for good once it ended."""

    __slots__ = ("_held", "graves", "is_ended", "is_running", "owner")

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self.is_running = True
        self.is_ended = False
        self.graves: list[asyncio.Task[Any]] = []
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
        """Stop for good. `tasks` are kept as they stand: letting go of one would run its `finally` blocks."""
        self.is_running, self.is_ended = False, True
        self._held.clear()
        self.graves.extend(tasks)

    def forget(self) -> None:
        """Let go of the dead, once the simulation is over and nothing they do can be seen in it."""
        for task in self.graves:
            coroutine = task.get_coro()
            for _ in range(MOST_AWAITS):
                try:
                    coroutine.close()
                except BaseException:  # a `finally` that awaits cannot be closed in one go
                    continue
                break
        self.graves.clear()


_ENDED: list[Life] = []
"""Lives of simulations that are over: the one place that outlasts them, since to let go of a suspended
coroutine is to run its `finally` blocks, and nobody who still looks at the last run may see that."""


def bury(lives: Iterable[Life]) -> None:
    """A simulation is over: keep its dead until the next one begins."""
    _ENDED.extend(lives)


def let_go() -> None:
    """Let go of the dead of earlier simulations, in silence."""
    while _ENDED:
        _ENDED.pop(0).forget()


atexit.register(let_go)

LIFE: ContextVar[Life | None] = ContextVar("twitterlab_life", default=None)
"""The life that the running code belongs to; None for code that belongs to no node, such as a test."""
