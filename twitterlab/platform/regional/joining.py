"""Leads a join: one more shard on every continent, while people read and write, by the plan of the shards part.

Announcements go to every machine of every continent, and wait for all of them: one that is dark holds the join up
until it is back (it starts with the new layout, and then knows). What each phase means here:

    DUAL_WRITE  a shard makes the group that it will share with the newcomer, lets it have all that is in the groups
                it has, and from then on every change to keys that will belong there
    BACKFILL    a newcomer gets those groups from its neighbours
    VERIFY      it lacks nothing of them
    CUT_OVER    rings have the newcomer: gateways ask it, and it answers
    CLEAN_UP    nothing is dropped: a late write to an old group still finds its way

The leader stands outside of the continents and keeps what it knows in memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from twitterlab.errors import Failure
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.shards import Announce, Command, Compare, Copy, Done, Finished, Phase, Progress
from twitterlab.platform.regional.layout import Layout, machine
from twitterlab.world.node import Node

TIMEOUT_MS, AGAIN_MS = 2_000, 500.0
PATIENCE = 20
"""Tries after which it is said who is waited for."""
MOST_COMMANDS = 1_000
"""A plan that needs more does not come to an end."""


class Join:
    """One join. `layout` is the new one, in which the last shard is the newcomer."""

    def __init__(self, node: Node, layout: Layout, blueprint: Blueprint) -> None:
        self._node, self.layout = node, layout
        self._plan = blueprint.shards()
        self._name = layout.members[-1].name
        self._continents = [continent.name for continent in layout.continents]
        self.phase = Phase.BEFORE
        self.is_over = False

    async def run(self) -> None:
        """From the first command to the last."""
        progress, done = Progress(), None
        for _ in range(MOST_COMMANDS):
            progress, command = self._plan.advance(progress, done)
            if isinstance(command, Finished):
                break
            done = await self._do(command)
        self.is_over = True
        self._node.log(f"{self._name} has joined" if self.is_done else f"the plan moved nothing to {self._name}")

    @property
    def is_done(self) -> bool:
        """Whether rings have the newcomer, or soon will."""
        return self.phase >= Phase.CUT_OVER

    @property
    def is_vain(self) -> bool:
        """Whether it has ended, and nothing will move."""
        return self.is_over and not self.is_done

    async def _do(self, command: Command) -> Done:
        """Carry a command out, however long it takes."""
        newcomers = [machine(continent, self._name) for continent in self._continents]
        if isinstance(command, Announce):
            self.phase = command.phase
            await self._tell_all(self._everybody(), "phase", [int(command.phase), self.layout.shards])
            return Done()
        if isinstance(command, Copy):
            await self._tell_all(newcomers, "backfill", None)
            return Done()
        if isinstance(command, Compare):
            lacking = await self._tell_all(newcomers, "verify", None)
            return Done(differing=tuple(number for number, count in enumerate(lacking) if count))
        return Done()

    def _everybody(self) -> list[str]:
        """Shards and gateways of all continents, the newcomers first."""
        names = [member.name for member in reversed(self.layout.members)]
        gateways = [name for continent in self._continents for name in self.layout.gateways_of(continent)]
        return [machine(continent, name) for name in names for continent in self._continents] + gateways

    async def _tell_all(self, machines: Sequence[str], method: str, body: Any) -> list[Any]:
        """All at once, each until it has answered."""
        return await asyncio.gather(*(self._tell(name, method, body) for name in machines))

    async def _tell(self, name: str, method: str, body: Any) -> Any:
        tries = 0
        while True:
            try:
                return await self._node.call(name, method, body, TIMEOUT_MS)
            except Failure:
                tries += 1
                if tries == PATIENCE:
                    self._node.log(f"the join of {self._name} waits for {name}")
                await self._node.clock.sleep_ms(AGAIN_MS)
