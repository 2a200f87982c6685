"""Replication between machines that keep the same group: what is written here is pushed, and what was lost is asked for.

A machine pushes what it wrote to one machine on each other continent, which passes it on to its neighbour. Every
`REPAIR_MS` each asks one of its peers, in turn, for what it may have missed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from twitterlab.errors import Failure, Refused
from twitterlab.parts.replica import Delta
from twitterlab.platform.regional.keeper import Keeper
from twitterlab.platform.regional.lag import Lag
from twitterlab.platform.regional.layout import Layout, machine
from twitterlab.world.node import Node

PUSH_MS, REPAIR_MS = 20.0, 2_000.0
TIMEOUT_MS = 1_000
CATCH_UP_TRIES = 3
TO_MATE_TRIES = 2

Merged = Callable[[Keeper, Sequence[str]], None]
"""Told which keys of a group have changed here because of another machine."""


class Sync:
    """Keeps one shard's groups equal to those of its peers. `merged` hears of what changed here, `lag` of what is
    on its way to other continents."""

    def __init__(
        self, node: Node, continent: str, me: str, layout: Layout, keepers: Mapping[str, Keeper], merged: Merged,
        lag: Lag,
    ) -> None:  # fmt: skip
        self._node, self._continent, self._me = node, continent, me
        self._layout, self._keepers, self._merged = layout, keepers, merged
        self._known: dict[tuple[str, str], Delta] = {}  # (peer, group): the version it had
        self._pushing: set[tuple[str, str]] = set()
        self._turn = 0
        self._lag = lag
        node.serve("take", self.take)
        node.serve("lacking", self._lacking)

    def written(self, group: str) -> None:
        """Something was written here: to the other continents with it."""
        for continent in self._layout.others(self._continent):
            peer = machine(continent, self._me)
            self._lag.changed(peer, group)
            self._push(group, peer)

    async def to_mate(self, group: str, delta: Delta, timeout_ms: float) -> bool:
        """Give a write to the neighbour that keeps the same group, safely; whether it has it. One that has missed
        something before cannot take it, and says so: it gets all that it lacks."""
        peer, wanted = self._mate(group), delta
        for _ in range(TO_MATE_TRIES):
            try:
                version = await self._node.call(peer, "take", [group, wanted, True], timeout_ms)
                lacking = await self._keepers[group].lacking(version)
            except Failure:
                break
            if lacking is None:
                self._known[peer, group] = version
                return True
            wanted = lacking
        return False

    async def take(self, asked: list[Any]) -> Delta:
        """Another machine's news: [group, delta, whether it must be safe before the answer]. Gives our version."""
        group, delta, is_synced = asked
        keeper = self._keepers.get(group)
        if keeper is None:
            raise Refused(f"{self._me} does not keep {group}, or not yet", "elsewhere")
        changed = keeper.merge(delta)
        if changed:
            self._merged(keeper, changed)
        await keeper.keep(is_synced)
        if changed and not is_synced:
            self._push(group, self._mate(group))
        return keeper.replica.version()

    async def catch_up(self) -> None:
        """After a start: get what the peers have, from whoever answers."""
        for peer in self._peers():
            for _ in range(CATCH_UP_TRIES):
                if await self._ask(peer):
                    break

    async def backfill(self) -> None:
        """Get what every neighbour has. Refused where one does not answer."""
        for mate in self._mates():
            if not await self._ask(mate):
                raise Refused(f"{mate} does not answer", "unavailable")

    async def lacks(self) -> int:
        """How many groups are behind those of a neighbour, or are not yet known to it. Refused or Uncertain where one
        does not answer."""
        count = 0
        for mate in self._mates():
            versions = {group: self._keepers[group].replica.version() for group in self._shared(mate)}
            answer = await self._node.call(mate, "lacking", versions, TIMEOUT_MS)
            count += sum(group not in answer or answer[group][0] is not None for group in versions)
        return count

    def to_neighbour(self, group: str) -> None:
        """The neighbour is to have what is new in a group, soon."""
        self._push(group, self._mate(group))

    async def repair(self) -> None:
        """For ever: ask one peer after the other what we lack, and give it what it lacks."""
        while True:
            await self._node.clock.sleep_ms(REPAIR_MS * (0.75 + 0.5 * self._node.chance("repair").random()))
            peers = self._peers()
            self._turn += 1
            await self._ask(peers[self._turn % len(peers)])

    async def _ask(self, peer: str) -> bool:
        groups = self._shared(peer)
        versions = {group: self._keepers[group].replica.version() for group in groups}
        try:
            answer = await self._node.call(peer, "lacking", versions, TIMEOUT_MS)
        except Failure:
            return False
        for group, (delta, version) in answer.items():
            if delta is not None:
                with suppress(Refused):  # a full disk: it is here all the same
                    await self.take([group, delta, False])
            self._known[peer, group] = version
            if self._keepers[group].replica.delta(version) is not None:
                self._push(group, peer)
            else:
                self._lag.equal(peer, group)
        return True

    async def _lacking(self, versions: dict[str, Delta]) -> dict[str, list[Any]]:
        """For each group what the asker lacks, and what we have."""
        return {
            group: [await self._keepers[group].lacking(version), self._keepers[group].replica.version()]
            for group, version in versions.items()
            if group in self._keepers
        }

    def _push(self, group: str, peer: str) -> None:
        if (peer, group) not in self._pushing:
            self._pushing.add((peer, group))
            self._node.spawn(self._bring(group, peer), f"push {group} to {peer}")

    async def _bring(self, group: str, peer: str) -> None:
        """Wait a little, so that more goes along; then once. What does not arrive is repaired."""
        await self._node.clock.sleep_ms(PUSH_MS)
        self._pushing.discard((peer, group))
        replica = self._keepers[group].replica
        version = replica.version()
        try:
            delta = await self._keepers[group].lacking(self._known.get((peer, group), {}))
            if delta is None:
                self._lag.carried(peer, group)
                return
            self._known[peer, group] = version
            sent_ns = self._lag.sending(peer, group)
            self._known[peer, group] = await self._node.call(peer, "take", [group, delta, False], TIMEOUT_MS)
        except Failure:
            self._known.pop((peer, group), None)
            self._lag.failed(peer, group)
            return
        self._lag.arrived(peer, group, sent_ns)
        if replica.delta(self._known[peer, group]) is None:
            self._lag.equal(peer, group)

    def _mate(self, group: str) -> str:
        first, second = group.split("+")
        return machine(self._continent, second if first == self._me else first)

    def _shared(self, peer: str) -> list[str]:
        """The groups that `peer` keeps too."""
        name = peer.rpartition("-")[2]
        return [group for group in self._keepers if name in group.split("+")]

    def _peers(self) -> list[str]:
        """The neighbours, and whoever has our name on other continents."""
        return [*(machine(other, self._me) for other in self._layout.others(self._continent)), *self._mates()]

    def _mates(self) -> list[str]:
        return sorted({self._mate(group) for group in self._keepers})
