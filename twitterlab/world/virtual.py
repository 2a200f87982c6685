"""Virtual time for asyncio code: nothing sleeps, the clock jumps to the next timer.

`run_virtual(main)` runs `await main(clock)` to its end on a loop whose time is integer nanoseconds.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from twitterlab.model.figure import Source
from twitterlab.world.chance import SeededChance

T = TypeVar("T")
START_MS = 1_700_000_000_000
"""Virtual runs begin here unless told otherwise: 2023-11-14 22:13:20 UTC."""


class _NoSelector(selectors.BaseSelector):
    """Never waits: it moves the loop's clock to where the wait would have ended."""

    loop: VirtualLoop

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, 0, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, 0, 0, None)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.loop.jump(timeout)
        return []

    def get_map(self) -> Any:
        return {}


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time only moves when nothing is left to do now."""

    def __init__(self, start_ms: int = START_MS) -> None:
        selector = _NoSelector()
        selector.loop = self
        self._start_ms = start_ms
        self._now_ns = 0  # since the start: as a float of seconds it stays exact to the nanosecond
        super().__init__(selector)

    def time(self) -> float:
        return self._now_ns / 1e9

    def now_ms(self) -> int:
        return self._start_ms + self._now_ns // 1_000_000

    def jump(self, timeout: float | None) -> None:
        if timeout is None:
            raise RuntimeError("deadlock: every task waits and no timer is set")
        if timeout > 0:
            when: float = self._scheduled[0]._when  # type: ignore[attr-defined]
            self._now_ns = max(self._now_ns, round(when * 1e9))


class VirtualClock:
    """The clock of a virtual loop. `step_ms` skews what it shows without moving time."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.step_ms = 0

    def now_ms(self) -> int:
        return self._loop.now_ms() + self.step_ms

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
        return round(asyncio.get_running_loop().time() * 1e9)

    def emit(self, kind: str, **fields: Any) -> None:
        if self._trace is not None:
            self._trace.write(self.clock.now_ms(), kind, fields)
