"""What processes of one system tell each other: who listens, what happened, which tags are used."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from twitterlab.model.tweet import Trend
from twitterlab.platform.broadcast import Broadcast, SharedFeed, SharedTrends
from twitterlab.world.fake_redis import fake_redis


class Process:
    def __init__(self, redis, name):
        self.broadcast = Broadcast(redis)
        self.feed, self.trends = SharedFeed(name, self.broadcast), SharedTrends(self.broadcast)


@asynccontextmanager
async def processes(*names):
    """Each over one Redis, all of them listening."""
    redis = fake_redis()
    made = [Process(redis, name) for name in names]
    tasks = [asyncio.create_task(one.broadcast.run()) for one in made]
    try:
        while (await redis.pubsub_numsub("broadcast"))[0][1] < len(made):
            await asyncio.sleep(0)
        yield made
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await redis.aclose()


async def until(is_so):
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0)


def test_what_happens_in_one_process_reaches_listeners_of_another_once_and_in_order():
    async def main():
        async with processes("gateway", "worker", "other") as (gateway, worker, other):
            listener, elsewhere = gateway.feed.listen(7), other.feed.listen(8)
            await until(lambda: worker.feed.known([7, 8, 9]) == [7, 8])

            worker.feed.tell([7, 9], "tweet", 1, 3)
            gateway.feed.tell([7], "message", 2, 4)
            worker.feed.tell([8], "tweet", 3, 5)

            first = await anext(listener)
            second = await anext(listener)
            third = await anext(elsewhere)
            return {(one.kind, one.subject_id, one.by) for one in (first, second)}, third.subject_id, listener.ready()

    assert asyncio.run(main()) == ({("tweet", 1, 3), ("message", 2, 4)}, 3, [])


def test_a_process_that_starts_later_learns_who_listens():
    async def main():
        redis = fake_redis()
        first, late = Process(redis, "first"), Process(redis, "late")
        tasks = [asyncio.create_task(first.broadcast.run())]
        first.feed.listen(7)
        tasks.append(asyncio.create_task(late.broadcast.run()))
        await until(lambda: late.feed.known([7]) == [7])
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(main())


def test_who_was_cut_off_is_told_to_read_again():
    async def main():
        process = Process(fake_redis(), "one")
        listener = process.feed.listen(7)
        process.feed._connected()
        assert listener.ready() == []
        process.feed._connected()
        return [happening.kind for happening in listener.ready()]

    assert asyncio.run(main()) == ["reset"]


@pytest.mark.parametrize("repeats", [1, 2])
def test_trends_are_one_for_all_and_a_tweet_counts_once(repeats):
    async def main():
        async with processes("one", "two") as (one, two):
            for _ in range(repeats):
                one.trends.count(1, ["tea"], 0)
            two.trends.count(2, ["tea"], 0)
            await until(lambda: one.trends.top(9, 0) == two.trends.top(9, 0) == [Trend("tea", 2)])

    asyncio.run(main())
