"""What one machine keeps of a group, through crashes and a full disk."""

from __future__ import annotations

import pytest

from solutions.week2.day4_replica import RegionReplica
from twitterlab.errors import Refused
from twitterlab.parts.replica import Add
from twitterlab.platform.regional.keeper import Keeper
from twitterlab.world.node import Node
from twitterlab.world.sim import SimWorld

KEY = "tweets/1"


class Machine:
    """A node whose program reads the log at every start."""

    def __init__(self) -> None:
        self.world = SimWorld(1)
        self.node = self.world.nodes.add("s1", self._start)

    async def _start(self, node: Node) -> None:
        self.keeper = Keeper(node, "s1+s2", RegionReplica)
        await self.keeper.recover()

    async def restarted(self) -> Keeper:
        self.node.crash(loses_power=True)
        self.node.start()
        await self.world.clock.sleep_ms(100)
        return self.keeper


def test_what_was_written_is_there_after_the_power_was_gone() -> None:
    machine = Machine()

    async def main() -> None:
        await machine.keeper.write([Add(KEY, 5)])
        assert (await machine.restarted()).replica.members(KEY) == {5}

    machine.world.run(main())


def test_what_others_were_given_is_never_written_again_under_the_same_number() -> None:
    machine = Machine()

    async def main() -> None:
        machine.world.loop.create_task(machine.keeper.write([Add(KEY, 5)]))
        await machine.world.clock.sleep_ms(0.005)  # in memory, and not on disk
        given = await machine.keeper.lacking({})
        kept = await machine.restarted()
        other = RegionReplica("other")
        assert given is not None
        other.merge(given, machine.node.clock.now_ms())
        await kept.write([Add(KEY, 6)])
        other.merge(kept.replica.delta(other.version()) or {}, machine.node.clock.now_ms())

        assert other.members(KEY) == kept.replica.members(KEY) == {5, 6}

    machine.world.run(main())


def test_what_a_full_disk_refused_is_on_it_with_the_next_write() -> None:
    machine = Machine()

    async def main() -> None:
        machine.node.disk.is_full = True
        with pytest.raises(Refused):
            await machine.keeper.write([Add(KEY, 5)])
        machine.node.disk.is_full = False
        await machine.keeper.write([Add(KEY, 6)])

        assert (await machine.restarted()).replica.members(KEY) == {5, 6}

    machine.world.run(main())


def test_news_that_change_nothing_leave_no_hole_in_the_log() -> None:
    machine = Machine()
    other = RegionReplica("other")

    async def main() -> None:
        now_ms = machine.node.clock.now_ms()
        for element in (5, 6):
            other.write(Add(KEY, element), now_ms)
            machine.keeper.merge(other.delta(machine.keeper.replica.version()) or {})
            if element == 6:
                await machine.keeper.keep(is_synced=True)  # the first was heard of and not kept

        assert (await machine.restarted()).replica.members(KEY) == {5, 6}

    machine.world.run(main())
