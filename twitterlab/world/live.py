"""The real world: the wall clock and the machine's own time. The one room that may look at them."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from math import nan
from typing import Any

from twitterlab.model.figure import Source
from twitterlab.world.chance import SeededChance

stopwatch_ns = time.perf_counter_ns


def peak_memory_bytes() -> float:
    """The most memory this process has held; NaN where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return nan
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(most if sys.platform == "darwin" else most * 1024)


cpu_ns = time.process_time_ns
"""Processor time of this process, all its threads together: waiting for a disk is not in it."""


def stand_still(duration_ns: int) -> None:
    """Let real time pass, also within a simulation, whose own time stands still meanwhile."""
    threading.Event().wait(duration_ns / 1e9)


class LiveClock:
    """The wall clock. `step_ms` lets a lab step it, as a machine's own clock is stepped."""

    def __init__(self) -> None:
        self.step_ms = 0

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self.step_ms

    async def sleep_ms(self, duration_ms: float) -> None:
        await asyncio.sleep(duration_ms / 1000)


class LiveWorld:
    """A real world. Chance is still seeded: what people do replays, what the machine does may not."""

    source: Source = "live"

    def __init__(self, seed: int = 1, trace: Any = None) -> None:
        self.seed = seed
        self.clock = LiveClock()
        self._trace = trace

    def chance(self, stream: str) -> SeededChance:
        return SeededChance(self.seed, stream)

    def stopwatch_ns(self) -> int:
        return stopwatch_ns()

    def emit(self, kind: str, **fields: Any) -> None:
        if self._trace is not None:
            self._trace.write(self.clock.now_ms() - self.clock.step_ms, kind, fields)
