"""Slot `ring`: which machines keep a key, so that one machine more or less moves as few keys as can be.

Source: consistent hashing (Karger et al., STOC 1997); virtual nodes and the preference list of N owners from
"Dynamo: Amazon's Highly Available Key-value Store" (SOSP 2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

VIRTUAL_NODES = 100
"""Points on the ring of a member of weight 1."""


@dataclass(frozen=True, slots=True)
class Member:
    """A machine that keeps keys. `zone` fails as a whole; a member of weight 2 keeps twice as many keys."""

    name: str
    zone: str = ""
    weight: int = 1


class Ring(Protocol):
    """Keys to owners, constructed as `HashRing(members)`. Keys are ids: integers in [0, 2**63).

    Laws:
      1. The owners of a key depend on the set of members alone: not on the order in which they came, not on the
         process that asks, not on Python's `hash`.
      2. A member that joins takes keys from others and moves none between them; one that leaves gives its keys
         away and moves no other. So it is with the first `n` owners, as a set: a joiner comes in for one of them.
      3. A joiner's share is its weight's share of the whole: in the mean over many joins within 2 %, each within
         `4 / sqrt(v)` of it, where `v` is its number of points, `weight * VIRTUAL_NODES`.
      4. Every member's share of keys is within `4 / sqrt(v)` of its weight's share, however alike the keys are.
         (Four standard deviations: of ten thousand shares about one lies outside.)
      5. Owners are distinct. As long as there is a zone that holds none of them, the next owner is of such a zone;
         then come the other members. With fewer members than asked for, all of them. The first `n` owners of a key
         are the same however many more are asked for.
      6. `ValueError`: a name that is there already, a weight below 1, the removal of a stranger, a count below 1.
         An empty ring owns nothing: the answer is `()`.
      7. The first owner is found in about `log(points)` steps.
    """

    def owners(self, key: int, count: int = 1) -> tuple[str, ...]:
        """The names of the first `count` owners of `key`, the most preferred first."""
        ...

    def add(self, member: Member) -> None:
        """`member` joins."""
        ...

    def remove(self, name: str) -> None:
        """The member of this name leaves."""
        ...


class OneShard:
    """Null part: whoever came first keeps everything."""

    def __init__(self, members: Sequence[Member] = ()) -> None:
        self._names = [member.name for member in members]

    def owners(self, key: int, count: int = 1) -> tuple[str, ...]:
        return tuple(self._names[:count])

    def add(self, member: Member) -> None:
        self._names.append(member.name)

    def remove(self, name: str) -> None:
        self._names.remove(name)
