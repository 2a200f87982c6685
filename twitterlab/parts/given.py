"""What a part is given instead of taking it: time and chance.

A part never asks the machine for the time or for a random number. It is handed both,
so that a check can choose them and a simulation can replay them.
"""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Time as one machine sees it. Live it is the wall clock; in a simulation it is virtual."""

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch. May step back: machines do."""
        ...

    async def sleep_ms(self, duration_ms: float) -> None:
        """Return after `duration_ms`. Nothing in this course may sleep in any other way."""
        ...


class Chance(Protocol):
    """A seeded stream of random numbers."""

    def random(self) -> float:
        """A float in [0, 1)."""
        ...

    def below(self, bound: int) -> int:
        """An integer in [0, bound). `bound` is at least 1."""
        ...
