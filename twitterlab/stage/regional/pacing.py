"""Keeps a simulated run at a pace that somebody can watch, and reads what they order meanwhile.

Virtual time runs at `TIMES` real time, until a line `pace N` asks for another multiple; 0 is a pause. The pace
decides nothing in the run: what was ordered, and at which virtual second, decides all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

TIMES, MOST_TIMES = 2.0, 64.0
LOOK_NS = 100_000_000
"""Between two looks for the end of a pause."""
LONGEST_PAUSE_NS = 300_000_000_000
"""A run that was forgotten goes on."""


class Lines(Protocol):
    """Where orders come from."""

    def new(self) -> list[str]:
        """Those since the last look."""
        ...


class Paced:
    """Called at every virtual second, it waits until that is due, and gives what was ordered since. `stand_still`
    takes nanoseconds of the real time that `stopwatch_ns` tells."""

    def __init__(self, lines: Lines, stopwatch_ns: Callable[[], int], stand_still: Callable[[int], object]) -> None:
        self._lines, self._stopwatch_ns, self._stand_still = lines, stopwatch_ns, stand_still
        self.times = TIMES
        self._virtual_ns, self._real_ns = 0, stopwatch_ns()

    def __call__(self, virtual_ns: int) -> Sequence[str]:
        orders = self._take()
        orders += self._pause()
        now_ns = self._stopwatch_ns()
        due_ns = self._real_ns + round((virtual_ns - self._virtual_ns) / self.times)
        if due_ns > now_ns:
            self._stand_still(due_ns - now_ns)
        self._virtual_ns, self._real_ns = virtual_ns, max(due_ns, now_ns)
        return orders + self._take()

    def _pause(self) -> list[str]:
        """While the pace is 0; what was ordered meanwhile."""
        orders: list[str] = []
        since_ns = self._stopwatch_ns()
        while self.times == 0 and self._stopwatch_ns() - since_ns < LONGEST_PAUSE_NS:
            self._stand_still(LOOK_NS)
            orders += self._take()
        self.times = self.times or TIMES
        return orders

    def _take(self) -> list[str]:
        """New orders; what is said about the pace is done at once."""
        orders = []
        for line in self._lines.new():
            word, _, times = line.strip().partition(" ")
            if word != "pace":
                orders.append(line)
            elif times.replace(".", "", 1).isdigit():
                self.times = min(MOST_TIMES, float(times))
        return orders
