"""The scheduling core of a simulation: one heap of callbacks, in integer nanoseconds.

Callbacks run in the order of `(when, sequence)`: by time, and at one time in the order they were
scheduled. Nothing else decides, so equal programs make equal runs. Parts that do no I/O step
directly on it; `loop.py` runs ordinary asyncio code on the same clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Any

SLICE = 10_000
"""Events between two looks at the bounds."""
MAX_EVENTS = 1_000_000_000
"""Events of one run; a program that needs more does not come to an end."""
MAX_AT_ONE_TIME = 1_000_000
"""Events without time moving; more is a loop that never waits."""
FOREVER = 1 << 63

Call = Callable[..., object]


class Deadlock(RuntimeError):
    """Nothing is left to run, and what was asked for has not happened."""


class Livelock(RuntimeError):
    """More events than any useful run has, or endless ones at one time."""


class Timer:
    """A callback that can still be called off."""

    __slots__ = ("_kernel", "args", "call", "when_ns")

    def __init__(self, kernel: Kernel, when_ns: int, call: Call, args: tuple[Any, ...]) -> None:
        self._kernel, self.when_ns = kernel, when_ns
        self.call: Call | None = call
        self.args = args

    def cancel(self) -> None:
        """Never run it. Without effect on one that has run."""
        if self.call is not None:
            self.call, self.args = None, ()
            self._kernel._forget_one()


def _fire(timer: Timer) -> None:
    call, args = timer.call, timer.args
    if call is None:
        timer._kernel._cancelled -= 1
        return
    timer.call, timer.args = None, ()
    call(*args)


class Kernel:
    """Runs callbacks in order of time. `now_ns` counts from the start of the simulation."""

    __slots__ = ("_at_one_time", "_cancelled", "_heap", "_is_stopping", "_ready", "_sequence", "between",
                 "events", "max_events", "now_ns")  # fmt: skip

    def __init__(self, max_events: int = MAX_EVENTS) -> None:
        self.now_ns = 0
        self.events = 0
        self.max_events = max_events
        self.between: Callable[[int], object] | None = None  # called with `events` after every slice
        self._heap: list[tuple[int, int, Call, tuple[Any, ...]]] = []
        self._ready: deque[tuple[Call, tuple[Any, ...]]] = deque()
        self._sequence = 0
        self._cancelled = 0
        self._at_one_time = 0
        self._is_stopping = False

    def soon(self, call: Call, *args: Any) -> None:
        """Run `call(*args)` now, after what is already due."""
        self._ready.append((call, args))

    def after(self, delay_ns: int, call: Call, *args: Any) -> None:
        """Run `call(*args)` in `delay_ns`. It cannot be called off: see `timer`."""
        if delay_ns > 0:
            self._sequence = sequence = self._sequence + 1
            heappush(self._heap, (self.now_ns + delay_ns, sequence, call, args))
        else:
            self._ready.append((call, args))

    def at(self, when_ns: int, call: Call, *args: Any) -> None:
        """Run `call(*args)` when it is `when_ns`; now, if that is over."""
        if when_ns > self.now_ns:
            self._sequence = sequence = self._sequence + 1
            heappush(self._heap, (when_ns, sequence, call, args))
        else:
            self._ready.append((call, args))

    def push(self, when_ns: int, call: Call, args: tuple[Any, ...]) -> None:
        """The shortest way onto the heap, for a `when_ns` that is not over."""
        self._sequence = sequence = self._sequence + 1
        heappush(self._heap, (when_ns, sequence, call, args))

    def timer(self, delay_ns: int, call: Call, *args: Any) -> Timer:
        """Run `call(*args)` in `delay_ns`, unless it is cancelled before."""
        timer = Timer(self, self.now_ns + max(0, delay_ns), call, args)
        self.after(delay_ns, _fire, timer)
        return timer

    def stop(self) -> None:
        """Return from `run` after the current callback."""
        self._is_stopping = True

    @property
    def is_idle(self) -> bool:
        """Nothing is left to run, ever."""
        return not self._ready and len(self._heap) == self._cancelled

    def run(self, until_ns: int = FOREVER) -> None:
        """Run until nothing is left, `stop` is called, or `until_ns` is over. Livelock past the bounds."""
        self._is_stopping = False
        while self._run_slice(until_ns):
            if self.between is not None:
                self.between(self.events)
            if self.events >= self.max_events:
                raise Livelock(f"livelock: {self.events:,} events by {self.now_ns / 1e9:.3f} s and no end")
        if until_ns != FOREVER and not self._is_stopping:
            self.now_ns = max(self.now_ns, until_ns)

    def _run_slice(self, until_ns: int) -> bool:
        """Run up to `SLICE` events; whether there may be more."""
        heap, ready = self._heap, self._ready
        budget = min(SLICE, self.max_events - self.events)
        started_ns, done = self.now_ns, 0
        try:
            for done in range(budget):  # noqa: B007  (read in `finally`)
                if self._is_stopping:
                    return False
                if ready:
                    call, args = ready.popleft()
                elif heap:
                    when, sequence, call, args = heappop(heap)
                    if when > until_ns:
                        heappush(heap, (when, sequence, call, args))
                        return False
                    self.now_ns = when
                    while heap and heap[0][0] == when:  # all of one time, in order, before what they schedule
                        entry = heappop(heap)
                        ready.append((entry[2], entry[3]))
                else:
                    return False
                call(*args)
            done = budget
        finally:
            self.events += done
            self._bound_one_time(started_ns, done)
        return True

    def _bound_one_time(self, started_ns: int, events: int) -> None:
        self._at_one_time = self._at_one_time + events if self.now_ns == started_ns else 0
        if self._at_one_time > MAX_AT_ONE_TIME:
            self._at_one_time = 0
            raise Livelock(f"livelock: {MAX_AT_ONE_TIME:,} events at {self.now_ns / 1e9:.6f} s, and time stands still")

    def _forget_one(self) -> None:
        """Sweep the heap when most of it was cancelled, so that long timeouts do not pile up."""
        self._cancelled += 1
        if self._cancelled < SLICE or self._cancelled * 2 < len(self._heap):
            return
        kept = [entry for entry in self._heap if entry[2] is not _fire or entry[3][0].call is not None]
        self._cancelled -= len(self._heap) - len(kept)
        self._heap[:] = kept
        heapify(self._heap)
