"""What a shard does while another one joins: it makes the group they will share, and hands over what will belong there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from twitterlab.errors import Refused
from twitterlab.parts.ring import Member
from twitterlab.parts.shards import Phase
from twitterlab.platform.regional.feeding import Feeding
from twitterlab.platform.regional.keeper import Keeper
from twitterlab.platform.regional.owners import Owners
from twitterlab.platform.regional.sync import Sync


class Handover:
    """Of one shard machine. `make` gives the keeper of a new group. What a full disk refuses goes with what is
    written next."""

    def __init__(
        self, owners: Owners, keepers: dict[str, Keeper], feeding: Feeding, sync: Sync, make: Callable[[str], Keeper]
    ) -> None:
        self._owners, self._keepers, self._feeding, self._sync, self._make = owners, keepers, feeding, sync, make
        self._turn = asyncio.Lock()
        self._is_fed = True

    async def advance(self, phase: Phase, member: Member) -> None:
        """Do what a phase of the join of `member` asks for, once; return when it is so here. Refused by a full disk:
        ask again."""
        async with self._turn:
            if member in self._owners.members:
                return
            if phase >= Phase.DUAL_WRITE and member not in self._owners.expected:
                group = self._owners.prepare(member)
                self._keepers[group], self._is_fed = self._make(group), False
            if phase >= Phase.DUAL_WRITE and not self._is_fed:
                await self._feeding.feed_all()
                self._is_fed = True
            if phase >= Phase.CUT_OVER:
                self._owners.join(member)

    async def written(self, keeper: Keeper, keys: Sequence[str], timeout_ms: float) -> None:
        """What was written here in a group and belongs to a later one goes on there, and to the machine that joined."""
        for later in self._feeding.targets(keeper, keys):
            with suppress(Refused):
                delta = await self._feeding.feed(keeper, later)
                if delta is not None:
                    await self._sync.to_mate(later.group, delta, timeout_ms)

    async def merged(self, keeper: Keeper, keys: Sequence[str]) -> None:
        """The same for what another machine has written; nobody waits for it."""
        for later in self._feeding.targets(keeper, keys):
            with suppress(Refused):
                if await self._feeding.feed(keeper, later) is not None:
                    self._sync.to_neighbour(later.group)
