"""Virtual time for asyncio code: nothing sleeps, the clock jumps to the next timer.

`run_virtual(main)` runs `await main(clock)` to its end on a loop whose time is integer nanoseconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from twitterlab.model.figure import Source
from twitterlab.world.chance import SeededChance
from twitterlab.world.loop import START_MS, VirtualLoop

T = TypeVar("T")
__all__ = ["START_MS", "VirtualClock", "VirtualLoop", "VirtualWorld", "is_virtual", "run_virtual"]


def is_virtual() -> bool:
    """Whether the running code is inside virtual time."""
    return isinstance(asyncio._get_running_loop(), VirtualLoop)


class VirtualClock:
    """The clock of a virtual loop. `step_ms` skews what it shows without moving time."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.step_ms = 0

    def now_ms(self) -> int:
        return self._loop.now_ms() + self.step_ms

    def elapsed_ns(self) -> int:
        """Nanoseconds since the loop's start."""
        return self._loop.kernel.now_ns

    async def sleep_ms(self, duration_ms: float) -> None:
        await asyncio.sleep(duration_ms / 1000)


def run_virtual(main: Callable[[VirtualClock], Awaitable[T]], start_ms: int = START_MS) -> T:
    """Run `main(clock)` in virtual time and return its result. RuntimeError on deadlock."""
    loop = VirtualLoop(start_ms)
    try:
        return loop.run_until_complete(main(VirtualClock(loop)))
    finally:
        loop.close()


class VirtualWorld:
    """A world on one virtual loop, made inside `run_virtual`. Equal seeds give equal runs."""

    source: Source = "simulated"

    def __init__(self, clock: VirtualClock, seed: int = 1, trace: Any = None) -> None:
        self.clock, self.seed, self._trace = clock, seed, trace

    def chance(self, stream: str) -> SeededChance:
        return SeededChance(self.seed, stream)

    def stopwatch_ns(self) -> int:
        return self.clock.elapsed_ns()

    def emit(self, kind: str, **fields: Any) -> None:
        if self._trace is not None:
            self._trace.write(self.clock.now_ms(), kind, fields)
