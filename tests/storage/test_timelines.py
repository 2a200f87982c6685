"""The contract of home timelines, clause by clause, on every engine."""

import asyncio

import pytest

from twitterlab.storage.timelines.memory import MemoryTimelines
from twitterlab.storage.timelines.redis import RedisTimelines
from twitterlab.world.fake_redis import fake_redis

TOP = 2**63 - 1


@pytest.fixture(params=["memory", "redis"])
def make(request):
    return MemoryTimelines if request.param == "memory" else lambda capacity=800: RedisTimelines(fake_redis(), capacity)


def test_a_page_is_newest_first_below_the_key_each_once(make):
    async def story():
        timelines = make()
        await timelines.fill(1, [3, 1, 2], True)
        for tweet_id in (9, 7, 7, 3):
            await timelines.push([1], tweet_id)
        assert await timelines.page(1, TOP, 3) == [9, 7, 3]
        assert await timelines.page(1, 3, 3) == [2, 1]

    asyncio.run(story())


def test_missing_names_those_who_lack_the_tweet(make):
    async def story():
        timelines = make()
        await timelines.push([1, 3], 5)
        assert await timelines.missing([1, 2, 3], 5) == [2]
        assert await timelines.missing([1, 2, 3], 6) == [1, 2, 3]

    asyncio.run(story())


def test_the_newest_are_kept_and_the_rest_is_unknown(make):
    async def story():
        timelines = make(capacity=3)
        await timelines.fill(1, [1, 2], True)
        assert await timelines.page(1, TOP, 5) == [2, 1]
        await timelines.push([1], 4)
        await timelines.push([1], 3)
        assert await timelines.page(1, TOP, 3) == [4, 3, 2]
        assert await timelines.page(1, TOP, 4) is None
        assert await timelines.page(1, 2, 1) is None

    asyncio.run(story())


def test_below_what_the_source_gave_it_cannot_tell(make):
    async def story():
        timelines = make()
        await timelines.fill(1, [10, 11], False)
        await timelines.push([1], 5)
        assert await timelines.page(1, TOP, 2) == [11, 10]
        assert await timelines.page(1, TOP, 3) is None

    asyncio.run(story())


def test_a_fill_replaces_what_the_source_gave_and_keeps_what_was_pushed(make):
    async def story():
        timelines = make()
        await timelines.fill(1, [1, 2], True)
        await timelines.push([1], 9)
        await timelines.fill(1, [3], True)
        assert await timelines.page(1, TOP, 5) == [9, 3]

    asyncio.run(story())


def test_unbuilt_stays_unbuilt_until_filled(make):
    async def story():
        timelines = make()
        assert await timelines.page(1, TOP, 1) is None
        await timelines.push([1], 5)
        assert await timelines.page(1, TOP, 1) is None
        await timelines.fill(1, [], True)
        assert await timelines.page(1, TOP, 5) == [5]
        await timelines.forget([1])
        assert await timelines.page(1, TOP, 1) is None

    asyncio.run(story())
