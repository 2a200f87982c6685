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
        # TODO(you): the members by name, and the ring: its points in order, and who stands at each
        raise NotImplementedError("the members by name, and the ring: its points in order, and who stands at each")

    def owners(self, key: int, count: int = 1) -> tuple[str, ...]:
        """The names of the first `count` owners of `key`, the most preferred first. Laws 1, 4, 5 and 6."""
        # TODO(you): find the key's place by bisection, then walk on: new zones first, then the others
        raise NotImplementedError("find the key's place by bisection, then walk on: new zones first, then the others")

    def add(self, member: Member) -> None:
        """`member` joins with `VIRTUAL_NODES` points for each unit of its weight. Laws 2, 3 and 6."""
        # TODO(you): refuse a name that is there and a weight below 1; put its points among the others
        raise NotImplementedError("refuse a name that is there and a weight below 1; put its points among the others")

    def remove(self, name: str) -> None:
        """The member of this name leaves; whoever comes next on the circle has its keys. Laws 2 and 6."""
        # TODO(you): refuse a stranger; take its points away and leave all others where they are
        raise NotImplementedError("refuse a stranger; take its points away and leave all others where they are")


def place_of_key(key: int) -> int:
    """Where `key` stands: given. Ids that are alike stand far apart: their bits are mixed by two rounds of MurmurHash3's
    finaliser, which costs a fifth of a cryptographic hash; nobody chooses an id so that it collides."""
    mixed = (key ^ key >> 33) * 0xFF51AFD7ED558CCD & LAST
    return (mixed ^ mixed >> 33) * 0xC4CEB9FE1A85EC53 & LAST
