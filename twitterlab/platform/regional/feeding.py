"""Hands keys over to a machine that joins: what is known of a group goes on into the groups that came later.

Nothing is taken away and nothing is written anew: a later group's replica merges the deltas of the earlier one, as it
merges those of other continents. Changes keep their names, so that whoever hears of one twice, or first in one group
and then in the other, counts it once; a write that is still made in the old group, by a machine that has not heard of
the join or from a continent that was dark, follows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from twitterlab.parts.replica import Delta
from twitterlab.platform.regional.keeper import Keeper
from twitterlab.platform.regional.owners import Owners

Author = Callable[[int], int | None]
"""Who wrote a tweet; None where it is not known here."""
Fed = Callable[[Keeper, Sequence[str]], None]
"""Told which keys of a later group have changed."""


class Feeding:
    """Of one shard machine."""

    def __init__(self, owners: Owners, keepers: Mapping[str, Keeper], author: Author, fed: Fed) -> None:
        self._owners, self._keepers, self._author, self._fed = owners, keepers, author, fed

    def targets(self, keeper: Keeper, keys: Sequence[str]) -> list[Keeper]:
        """The later groups to which some of these keys, that changed in a group, belong."""
        if not self._owners.has_joined:
            return []
        kept = tuple(self._keepers)
        found: dict[str, None] = {}
        for key in keys:
            person = self._person(key)
            if person is None:
                found.update(dict.fromkeys(self._owners.later(keeper.group, kept)))
            elif group := self._owners.moved(person, keeper.group, kept):
                found[group] = None
        return [self._keepers[group] for group in found]

    async def feed(self, keeper: Keeper, later: Keeper) -> Delta | None:
        """Let `later` have all that `keeper` has; what it lacked. Refused by a full disk."""
        delta = await keeper.lacking(later.replica.version())
        if delta is None:
            return None
        changed = later.merge(delta)
        await later.keep(is_synced=False)
        if changed:
            self._fed(later, changed)
        return delta

    async def feed_all(self) -> None:
        """Every group into all that came after it."""
        groups = tuple(self._keepers)
        for group in groups:
            for later in self._owners.later(group, groups):
                await self.feed(self._keepers[group], self._keepers[later])

    def _person(self, key: str) -> int | None:
        """Whose key it is."""
        kind, _, number = key.partition("/")
        return self._author(int(number)) if kind in ("tweet", "likes") else int(number)
