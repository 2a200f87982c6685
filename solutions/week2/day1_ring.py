"""Day 2.1, ring: which machines keep a key, so that a machine more or less moves as few keys as can be.

`place_of_key`, below, is given. Sources: consistent hashing (Karger et al., STOC 1997); virtual nodes and preference
lists from "Dynamo: Amazon's Highly Available Key-value Store" (SOSP 2007).
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from hashlib import blake2b

from twitterlab.parts.ring import VIRTUAL_NODES, Member

LAST = (1 << 64) - 1
"""The last place on the ring, which is a circle: after it comes place 0."""


class HashRing:
    """Every member stands at many points of a circle; a key belongs to the first point after its own place.

    Laws: `twitterlab.parts.ring.Ring`.
    """

    def __init__(self, members: Sequence[Member] = ()) -> None:
        # BEGIN SOLUTION: the members by name, and the ring: its points in order, and who stands at each
        self._members: dict[str, Member] = {}
        self._points: list[tuple[int, str]] = []
        for member in members:
            self._join(member)
        self._build()
        # END SOLUTION

    def owners(self, key: int, count: int = 1) -> tuple[str, ...]:
        """The names of the first `count` owners of `key`, the most preferred first. Laws 1, 4, 5 and 6."""
        # BEGIN SOLUTION: find the key's place by bisection, then walk on: new zones first, then the others
        if count < 1:
            raise ValueError(f"{count} owners of a key cannot be asked for")
        if not self._members:
            return ()
        arc = bisect(self._places, place_of_key(key))
        if count == 1:
            return self._owner[arc]
        if arc not in self._preferred:
            self._preferred[arc] = self._prefer(arc)
        return self._preferred[arc][:count]
        # END SOLUTION

    def add(self, member: Member) -> None:
        """`member` joins with `VIRTUAL_NODES` points for each unit of its weight. Laws 2, 3 and 6."""
        # BEGIN SOLUTION: refuse a name that is there and a weight below 1; put its points among the others
        self._join(member)
        self._build()
        # END SOLUTION

    def remove(self, name: str) -> None:
        """The member of this name leaves; whoever comes next on the circle has its keys. Laws 2 and 6."""
        # BEGIN SOLUTION: refuse a stranger; take its points away and leave all others where they are
        if name not in self._members:
            raise ValueError(f"{name} is not on the ring")
        del self._members[name]
        self._points = [point for point in self._points if point[1] != name]
        self._build()
        # END SOLUTION

    # BEGIN SOLUTION
    def _join(self, member: Member) -> None:
        if member.name in self._members:
            raise ValueError(f"{member.name} is on the ring already")
        if member.weight < 1:
            raise ValueError(f"{member.name} has weight {member.weight}: at least 1 is needed")
        self._members[member.name] = member
        self._points += _points_of(member)

    def _build(self) -> None:
        """What a lookup reads: places to bisect, the owner of each arc, and no preference list made before."""
        self._points.sort()
        self._places = [place for place, _ in self._points]
        self._owner = [(name,) for _, name in self._points]
        self._owner += self._owner[:1]  # past the last point the circle begins again
        self._preferred: dict[int, tuple[str, ...]] = {}  # by arc, so it is bounded

    def _prefer(self, arc: int) -> tuple[str, ...]:
        """All members as the keys of `arc` prefer them: the first of every zone, then the others."""
        first_of_zone: dict[str, str] = {}
        others: list[str] = []
        for name in self._walk(arc):
            if first_of_zone.setdefault(self._members[name].zone, name) != name:
                others.append(name)
        return (*first_of_zone.values(), *others)

    def _walk(self, arc: int) -> Iterator[str]:
        """Every member once, in the order in which the circle meets it from `arc` on."""
        met: set[str] = set()
        for (name,) in (*self._owner[arc:], *self._owner[:arc]):
            if name not in met:
                met.add(name)
                yield name
            if len(met) == len(self._members):
                return

    # END SOLUTION


# BEGIN SOLUTION
def _points_of(member: Member) -> list[tuple[int, str]]:
    """Where `member` stands: the same in every process, as a cryptographic hash of its name has no seed."""
    return [
        (int.from_bytes(blake2b(f"{member.name}#{number}".encode(), digest_size=8).digest()), member.name)
        for number in range(member.weight * VIRTUAL_NODES)
    ]


# END SOLUTION


def place_of_key(key: int) -> int:
    """Where `key` stands: given. Ids that are alike stand far apart: their bits are mixed by two rounds of MurmurHash3's
    finaliser, which costs a fifth of a cryptographic hash; nobody chooses an id so that it collides."""
    mixed = (key ^ key >> 33) * 0xFF51AFD7ED558CCD & LAST
    return (mixed ^ mixed >> 33) * 0xC4CEB9FE1A85EC53 & LAST
