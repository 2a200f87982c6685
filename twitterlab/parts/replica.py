"""Slot `replica`: the same data on three continents, written on all of them, without asking anyone first.

Sources: "Logical Physical Clocks" (Kulkarni et al., OPODIS 2014) for the hybrid clock; "A comprehensive study of
Convergent and Commutative Replicated Data Types" (Shapiro et al., 2011) for register, set and counter; "Delta State
Replicated Data Types" (Almeida et al., 2018) for sending only what is new.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

MAX_SKEW_MS = 500
"""Clocks of machines differ by no more than this; a stamp further ahead is a broken clock's."""


@dataclass(frozen=True, slots=True, order=True)
class Stamp:
    """A time of the hybrid clock. Ordered: milliseconds, then the count within one, then the replica's name."""

    at_ms: int
    count: int
    replica: str


@dataclass(frozen=True, slots=True)
class Put:
    """A register (a profile, a tweet's text) is `value` now; the last writer wins."""

    key: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Add:
    """A set (whom somebody follows, what they posted) has `element` now."""

    key: str
    element: int


@dataclass(frozen=True, slots=True)
class Remove:
    """A set no longer has `element`, as far as this replica has seen it added."""

    key: str
    element: int


@dataclass(frozen=True, slots=True)
class Count:
    """A counter (of likes) goes up or down by `by`."""

    key: str
    by: int


Change = Put | Add | Remove | Count

Delta = dict[str, Any]
"""What one replica sends another: plain data of the part's own shape (None, bool, int, str, list, dict with string
keys), so that it can travel as JSON. The same for `version`."""


class Replica(Protocol):
    """One copy of everything, constructed as `RegionReplica(name)`. Names differ between replicas.

    Laws:
      1. Replicas that saw the same changes agree in all they answer, whatever the order in which deltas arrived,
         and however often.
      2. Add wins: an element that one replica removes while another adds it (neither knowing of the other) is there
         afterwards. A removal takes away all that its replica had seen added: a late copy of it brings nothing back.
      3. The last writer wins by stamp: what was written by one who had seen the other always wins; of two that knew
         nothing of each other, all replicas choose the same.
      4. Stamps of a replica rise strictly, whatever its clock does, and lie above every stamp it has merged. They
         are never further ahead than the highest clock reading among those that took part: its `at_ms` is at most
         that of the greatest `now_ms` seen by any replica it heard of. A delta with a stamp more than `MAX_SKEW_MS`
         ahead of `now_ms` is refused whole with `ValueError`.
      5. Every `Count` counts once, however often its delta arrives.
      6. `delta(version)` is None exactly when the other lacks nothing: deltas stop when nothing changes. It carries
         what the other lacks, not the whole state and not what was overwritten since; one that is lost, or arrives
         before an earlier one, leaves no hole that the next exchange does not fill.
      7. A replica begun anew under its old name and given its own `delta({})` goes on where it was: nothing it writes
         is taken for something it wrote before.
    """

    def write(self, change: Change, now_ms: int) -> Stamp:
        """Make a change here. `now_ms` is what this machine's clock shows; it may step back."""
        ...

    def version(self) -> Delta:
        """What this replica has seen, small enough to be sent along with everything."""
        ...

    def delta(self, version: Delta) -> Delta | None:
        """What a replica of this `version` lacks; `{}` is the version of one that has seen nothing."""
        ...

    def merge(self, delta: Delta, now_ms: int) -> tuple[str, ...]:
        """Take in another's delta; the keys whose value changed here, sorted."""
        ...

    def register(self, key: str) -> str | None:
        """The value of a register; None where there is none."""
        ...

    def members(self, key: str) -> frozenset[int]:
        """The elements of a set."""
        ...

    def counter(self, key: str) -> int:
        """The value of a counter."""
        ...


class OneRegion:
    """Null part: knows what was written here, and tells nobody."""

    def __init__(self, name: str) -> None:
        self._name, self._count = name, 0
        self._registers: dict[str, str | None] = {}
        self._sets: dict[str, set[int]] = {}
        self._counters: dict[str, int] = {}

    def write(self, change: Change, now_ms: int) -> Stamp:
        self._count += 1
        if isinstance(change, Put):
            self._registers[change.key] = change.value
        elif isinstance(change, Add):
            self._sets.setdefault(change.key, set()).add(change.element)
        elif isinstance(change, Remove):
            self._sets.setdefault(change.key, set()).discard(change.element)
        else:
            self._counters[change.key] = self._counters.get(change.key, 0) + change.by
        return Stamp(0, self._count, self._name)

    def version(self) -> Delta:
        return {}

    def delta(self, version: Delta) -> Delta | None:
        return None

    def merge(self, delta: Delta, now_ms: int) -> tuple[str, ...]:
        return ()

    def register(self, key: str) -> str | None:
        return self._registers.get(key)

    def members(self, key: str) -> frozenset[int]:
        return frozenset(self._sets.get(key, ()))

    def counter(self, key: str) -> int:
        return self._counters.get(key, 0)
