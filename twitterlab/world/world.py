"""What every world offers to the code that runs in it."""

from __future__ import annotations

from typing import Any, Protocol

from twitterlab.model.figure import Source
from twitterlab.parts.given import Chance, Clock


class World(Protocol):
    """Time, chance and a record of what happened. `source` says what its figures are worth."""

    source: Source
    seed: int

    @property
    def clock(self) -> Clock: ...

    def chance(self, stream: str) -> Chance:
        """A stream of random numbers of its own: one stream's use does not shift another's."""
        ...

    def stopwatch_ns(self) -> int:
        """Nanoseconds that only move forward: for durations."""
        ...

    def emit(self, kind: str, **fields: Any) -> None:
        """Write one event to the trace."""
        ...
