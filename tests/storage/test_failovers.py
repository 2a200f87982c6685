"""A replica that took over is noticed once, and nothing that it may have missed is kept anywhere."""

from __future__ import annotations

import asyncio

import pytest
from redis import ConnectionError

from twitterlab.storage.failovers import Failovers
from twitterlab.world.fake_redis import fake_redis


class Node:
    """A server whose history can be changed, as a promotion does."""

    def __init__(self, history):
        self.history, self.redis = history, fake_redis()

    async def info(self, section):
        if self.history is None:
            raise ConnectionError("gone")
        return {"master_replid": self.history}

    def __getattr__(self, name):
        return getattr(self.redis, name)


def told(story):
    """Runs a story on two primaries, `a` and `b`."""

    async def main():
        nodes, learnt = [Node("a"), Node("b")], []

        async def primaries():
            return nodes

        async def relearn():
            learnt.append([await node.redis.dbsize() for node in nodes])

        failovers = Failovers(primaries, relearn)
        await failovers.learn()
        await story(failovers, nodes, learnt)

    asyncio.run(main())


def test_nothing_happens_while_primaries_stay():
    async def story(failovers, nodes, learnt):
        await nodes[0].set("timeline:{1}:1", "x")
        assert not await failovers.happened()
        assert await nodes[0].dbsize() == 1
        assert learnt == []

    told(story)


def test_a_new_history_is_noticed_once_and_all_copies_go_after_the_clients_have_turned_to_it():
    async def story(failovers, nodes, learnt):
        kept = ["{events}", "{events}:tries", "posted:1:key"]
        for name in ("timeline:{1}:1", "cache:{home:1}", *kept):
            for node in nodes:
                await node.set(name, "x")
        nodes[1].history = "c"
        assert await failovers.happened()
        assert learnt == [[5, 5]]
        for node in nodes:
            assert sorted([name.decode() async for name in node.scan_iter()]) == sorted(kept)
        assert not await failovers.happened()

    told(story)


def test_what_was_read_from_the_new_primary_before_it_was_emptied_is_nowhere_kept():
    async def story(failovers, nodes, learnt):
        stale = nodes[1]
        await stale.set("timeline:{1}:1", "without the newest")
        stale.history = "c"
        emptying = stale.redis.scan_iter

        async def read_meanwhile(**options):
            if seen := await stale.get("timeline:{1}:1"):
                await nodes[0].set("cache:{home:1}", seen)
            async for name in emptying(**options):
                yield name

        stale.scan_iter = read_meanwhile
        assert await failovers.happened()
        stale.scan_iter = emptying
        assert await nodes[0].get("cache:{home:1}") is None

    told(story)


def test_a_primary_out_of_reach_is_asked_again():
    async def story(failovers, nodes, learnt):
        nodes[0].history = None
        for _ in range(2):
            with pytest.raises(ConnectionError):
                await failovers.happened()
        nodes[0].history = "c"
        assert await failovers.happened()

    told(story)
