"""Who keeps whose keys, now and before: the ring of a machine, and those from before others joined.

A group of keys lies on the machines of its name (`s1+s4`). A machine that joins makes new groups; the old ones stay,
empty of new writes, since a write that was acknowledged long ago may still come in from a continent that was dark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from twitterlab.parts.ring import Member, Ring
from twitterlab.platform.regional.layout import Layout, group_of

MakeRing = Callable[[Sequence[Member]], Ring]


class Owners:
    """One machine's. `ring` is the one in force, always the same object. `me` keeps what it is an owner of."""

    def __init__(self, make: MakeRing, layout: Layout, me: str) -> None:
        self._make, self._me = make, me
        self.members = layout.members
        self.ring = make(self.members)
        founders = len(self.members) - layout.joined
        self._before = [make(self.members[:count]) for count in range(len(self.members) - 1, founders - 1, -1)]
        self._order = {member.name: max(0, place - founders + 1) for place, member in enumerate(self.members)}
        self.expected = self.members  # and whoever is about to join
        self._next: Ring | None = None

    @property
    def has_joined(self) -> bool:
        """Whether somebody has joined, or is about to."""
        return bool(self._before) or self._next is not None

    @property
    def is_preparing(self) -> bool:
        """Somebody is about to join."""
        return self._next is not None

    def groups(self, user: int) -> Iterator[str]:
        """The groups that have the keys of `user`: that in force first, then those from before."""
        for ring in (self.ring, *self._before):
            yield group_of(ring.owners(user, 2))

    def prepare(self, member: Member) -> str:
        """`member` is about to join; the group that it will share with this machine."""
        self.expected = (*self.members, member)
        self._next = self._make(self.expected)
        self._order[member.name] = max(self._order.values()) + 1
        return group_of((self._me, member.name))

    def join(self, member: Member) -> None:
        """From now on `member` owns what the ring gives it."""
        self._before.insert(0, self._make(self.members))
        self.members = self.expected = (*self.members, member)
        self.ring.add(member)
        self._next = None

    def later(self, group: str, kept: Sequence[str]) -> list[str]:
        """Those of `kept` that came after `group`, the first to come first."""
        return sorted((each for each in kept if self._rank(each) > self._rank(group)), key=self._rank)

    def moved(self, user: int, group: str, kept: Sequence[str]) -> str | None:
        """Where the keys of `user`, found in `group`, belong now or soon, of what is kept here; None: they are right."""
        for ring in (*([self._next] if self._next else []), self.ring, *self._before):
            belongs = group_of(ring.owners(user, 2))
            if belongs == group:
                return None
            if belongs in kept and self._rank(belongs) > self._rank(group):
                return belongs
        return None

    def _rank(self, group: str) -> int:
        """When it came to be: 0 in the beginning."""
        return max(self._order.get(name, 0) for name in group.split("+"))
