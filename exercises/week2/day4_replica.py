"""Day 2.4, replica: one of several copies of everything, each of which may be written."""

from __future__ import annotations

from typing import Any

from twitterlab.parts.replica import MAX_SKEW_MS, Add, Change, Count, Delta, Put, Remove, Replica, Stamp

Dot = tuple[str, int]
"""One change: who made it, and the how-manieth of theirs it was."""


class RegionReplica(Replica):
    """Registers, sets and counters under one hybrid clock.

    An operation is `[kind, key, …, at_ms, count]`; those that still matter are kept by replica and number, so that a
    delta is what has a higher number than the other has seen. Laws: `twitterlab.parts.replica.Replica`.
    """

    def __init__(self, name: str) -> None:
        # TODO(you): what have I seen of whom, and which operations still matter?
        raise NotImplementedError("what have I seen of whom, and which operations still matter?")

    def write(self, change: Change, now_ms: int) -> Stamp:
        """Make a change here. `now_ms` is what this machine's clock shows; it may step back."""
        # TODO(you): the clock's time if it is ahead, else one more count; then apply it like anybody's
        raise NotImplementedError("the clock's time if it is ahead, else one more count; then apply it like anybody's")

    def version(self) -> Delta:
        """What this replica has seen, small enough to be sent along with everything."""
        # TODO(you): a number for each replica
        raise NotImplementedError("a number for each replica")

    def delta(self, version: Delta) -> Delta | None:
        """What a replica of this `version` lacks; `{}` is the version of one that has seen nothing."""
        # TODO(you): from which number to which, and the operations in between that still matter
        raise NotImplementedError("from which number to which, and the operations in between that still matter")

    def merge(self, delta: Delta, now_ms: int) -> tuple[str, ...]:
        """Take in another's delta; the keys whose value changed here, sorted."""
        # TODO(you): refuse a clock that is ahead; leave out what would make a hole
        raise NotImplementedError("refuse a clock that is ahead; leave out what would make a hole")

    def register(self, key: str) -> str | None:
        """The value of a register; None where there is none."""
        # TODO(you): what the last writer wrote
        raise NotImplementedError("what the last writer wrote")

    def members(self, key: str) -> frozenset[int]:
        """The elements of a set."""
        # TODO(you): those that somebody's addition still holds up
        raise NotImplementedError("those that somebody's addition still holds up")

    def counter(self, key: str) -> int:
        """The value of a counter."""
        # TODO(you): everybody's total
        raise NotImplementedError("everybody's total")
