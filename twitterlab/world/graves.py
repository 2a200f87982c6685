"""The dead of simulations that are over, and how they are let go of without being seen or heard.

A crashed process stops in the middle of a line. To let go of its suspended coroutines is to run their `finally`
blocks, which no machine without power does. So they are kept until the next simulation is made; then nobody looks at
the last one any more. What a `finally` block starts (`asyncio.shield(connection.close())`) begins on a loop that
never runs.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from twitterlab.world.life import Life
from twitterlab.world.loop import VirtualLoop

COLLECT_EVERY = 16
"""Simulations between two collections of what is left of them."""
MOST_AWAITS = 100
"""Awaits in the `finally` blocks of one dead task."""
_ENDED: list[Life] = []
"""Lives of simulations that are over: the one place that outlasts them."""
_TIMES = count(1)


def bury(lives: Iterable[Life]) -> None:
    """A simulation is over: keep its dead until the next one is made."""
    _ENDED.extend(lives)


def let_go() -> None:
    """Let go of the dead of earlier simulations, in silence."""
    if not _ENDED:
        return
    _let_go_of_the_dead()
    if next(_TIMES) % COLLECT_EVERY == 0:
        gc.collect()  # a world is a knot; what `seal.py` has frozen and thawed, Python by itself does not look at


def _let_go_of_the_dead() -> None:
    with _limbo() as loop:
        while _ENDED:
            for task in _ENDED.pop(0).leave():
                _close(task.get_coro())
        seen: set[asyncio.Task[Any]] = set()
        while begun := asyncio.all_tasks(loop) - seen:
            for task in begun:
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                _close(task.get_coro())
            seen |= begun


def _close(coroutine: Coroutine[Any, Any, Any] | Any) -> None:
    for _ in range(MOST_AWAITS):
        try:
            coroutine.close()
        except BaseException:  # a `finally` that awaits cannot be closed in one go
            continue
        break


@contextmanager
def _limbo() -> Iterator[VirtualLoop]:
    """A loop that seems to run, so that tasks can be made; none of them ever gets a turn."""
    loop, before = VirtualLoop(), asyncio._get_running_loop()
    asyncio._set_running_loop(loop)
    try:
        yield loop
    finally:
        asyncio._set_running_loop(before)
        loop.close()


atexit.register(let_go)
