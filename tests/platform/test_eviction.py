"""A cache server that is full throws timelines away: they are worked out again, without gaps."""

from __future__ import annotations

import asyncio

from solutions.week1.day1_snowflake import Snowflake
from solutions.week1.day2_schema import SocialSchema
from solutions.week1.day3_cache import AsideCache
from solutions.week1.day4_queue import FanoutQueue
from solutions.week1.day5_meter import LatencyMeter
from twitterlab.model.tweet import Tweet
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.platform import Platform
from twitterlab.servers import valkey
from twitterlab.storage.stores import open_stores
from twitterlab.world.live import LiveWorld

SOLVED = Blueprint(Snowflake, SocialSchema, AsideCache, FanoutQueue, LatencyMeter)
FOLLOWERS, OLD = 60, 600
FULL = {**valkey.CACHE, "maxmemory": "3mb"}


def test_evicted_timelines_come_back_whole_and_with_what_was_posted_meanwhile(valkey_empty):
    async def main(server):
        log, near = valkey_empty.client(), server.client()
        stores = open_stores("memory", None, SOLVED.schema(), near)
        stores.copies = near
        platform = Platform(SOLVED, LiveWorld(1), stores, log)
        try:
            ann = (await platform.client.sign_up("ann", "Ann")).id
            readers = [(await platform.client.sign_up(f"user{n}", "User")).id for n in range(FOLLOWERS)]
            await stores.follows.follow_many([(reader, ann) for reader in readers], 0)
            for number in range(1, OLD + 1):
                await stores.tweets.add(Tweet(number, ann, f"old {number}", number), ())
            for number in range(3):
                for reader in readers:
                    due = await stores.tweets.home(reader, 2**63 - 1, 1_000)
                    assert len(due) == OLD + number
                    assert await platform.timelines.page(reader, 2**63 - 1, 1_000) == due
                await platform.client.post(ann, f"new {number}")
                await platform.drain()
            assert (await near.info("stats"))["evicted_keys"] > 0
        finally:
            await stores.close()
            await log.aclose()
            await near.aclose()

    with valkey.open(settings=FULL) as server:
        asyncio.run(main(server))
