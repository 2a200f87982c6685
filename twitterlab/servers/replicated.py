"""Servers of which a replica takes a primary's place, as who breaks them on purpose sees them."""

from __future__ import annotations

from typing import Protocol


class Replicated(Protocol):
    """A primary and its replica, or several pairs.

    Laws:
      1. `lag` breaks the link over which the replica of the busiest pair follows, as a network does: what its primary
         acknowledges from now on reaches nobody. Where a write waits for the replica nothing is acknowledged then,
         and this does nothing.
      2. `fail` ends that pair's primary by `kill -9`, in the middle of whatever it does.
      3. `heal` starts what is gone again, as a replica of whoever took its place, and mends links.
      4. `move` gives slots to another primary while they are used, and returns when they have moved; how many.
         0 where there is only one primary.
    """

    def lag(self) -> None: ...

    def fail(self) -> None: ...

    def heal(self) -> None: ...

    def move(self) -> int: ...
