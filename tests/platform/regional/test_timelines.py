"""Home timelines of one shard: what happens while one is worked out, and what is deleted."""

from __future__ import annotations

from typing import Any

import pytest

from solutions.week2.day2_shards import ShardPlan
from twitterlab.platform.regional.timelines import HomeTimelines
from twitterlab.world.node import Node
from twitterlab.world.sim import SimWorld

ME, AUTHOR, NEWEST = 1, 2, 1 << 62
SLOW_MS = 50.0


class Everybody:
    """Follows `AUTHOR`."""

    def following(self, user: int) -> list[int]:
        return [AUTHOR]


class OneOwner:
    """A ring of one."""

    def owners(self, key: int, count: int = 1) -> tuple[str, ...]:
        return ("s1",)


class Town:
    """A shard that answers slowly for everybody's tweets, and the timelines of its people."""

    def __init__(self) -> None:
        self.world, self.ids = SimWorld(1), [10]
        self.timelines: Any = None
        self.world.nodes.add("asia-s1", self._start)

    def _start(self, node: Node) -> None:
        node.serve("authored", self._authored)
        self.timelines = HomeTimelines(node, "asia", OneOwner(), ShardPlan(), Everybody())  # type: ignore[arg-type]

    async def _authored(self, asked: list[Any]) -> list[Any]:
        found = sorted([one for one in self.ids if one < asked[1]], reverse=True)[: asked[2]]
        await self.world.clock.sleep_ms(SLOW_MS)
        return [[tweet_id, AUTHOR, "text"] for tweet_id in found]

    async def page(self) -> list[int]:
        ids, is_whole = await self.timelines.page(ME, NEWEST, 20)
        assert is_whole
        return ids


@pytest.fixture
def town() -> Town:
    return Town()


def test_what_is_delivered_while_a_timeline_is_worked_out_is_in_it(town: Town) -> None:
    async def main() -> None:
        asking = town.world.loop.create_task(town.page())
        await town.world.clock.sleep_ms(SLOW_MS / 2)
        await town.timelines.push([ME], 20, AUTHOR, "news")
        await asking

        assert await town.page() == [20, 10]

    town.world.run(main())


def test_whom_one_follows_may_change_while_a_timeline_is_worked_out(town: Town) -> None:
    async def main() -> None:
        asking = town.world.loop.create_task(town.page())
        await town.world.clock.sleep_ms(SLOW_MS / 2)
        await town.timelines.forget([ME])
        town.ids = [30]
        await asking

        assert await town.page() == [30]

    town.world.run(main())


def test_a_deleted_tweet_leaves_a_timeline_and_does_not_come_back_late(town: Town) -> None:
    async def main() -> None:
        assert await town.page() == [10]
        town.timelines.drop(10)
        assert await town.page() == []
        await town.timelines.push([ME], 10, AUTHOR, "text")
        assert await town.page() == []

    town.world.run(main())
