"""A disk that is full for a while: posts are refused, the worker goes on, and what was acknowledged arrives."""

from __future__ import annotations

import asyncio

import pytest

from solutions.week1.day1_snowflake import Snowflake
from solutions.week1.day2_schema import SocialSchema
from solutions.week1.day3_cache import AsideCache
from solutions.week1.day4_queue import FanoutQueue
from solutions.week1.day5_meter import LatencyMeter
from twitterlab.errors import Refused
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.platform import Platform
from twitterlab.storage.stores import open_stores
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.virtual import VirtualWorld, run_virtual

SOLVED = Blueprint(Snowflake, SocialSchema, AsideCache, FanoutQueue, LatencyMeter)
SHORT_MS, LONG_MS = 300, 60_000


class Disk:
    """Fills the disk of a store, as SQLite sees it, and frees it."""

    def __init__(self, stores):
        self._connection = stores.users._database._writer

    def fill(self):
        self._connection.execute("PRAGMA query_only = ON")

    def free(self):
        self._connection.execute("PRAGMA query_only = OFF")


async def outage(clock, folder, duration_ms):
    """A post and a like, acknowledged and then cut off from their delivery; back come the people and their tweet."""
    stores = open_stores("sqlite", folder, SOLVED.schema())
    platform = Platform(SOLVED, VirtualWorld(clock), stores, fake_redis())
    client, disk, stop = platform.client, Disk(stores), asyncio.Event()
    ann, bob = [(await client.sign_up(handle, handle)).id for handle in ("ann", "bob")]
    await client.follow(bob, ann)
    await platform.drain()
    tweet = await client.post(ann, "hello @bob #world")
    await client.like(ann, tweet.id)  # concerns nobody else, so only the outbox is left to be told
    disk.fill()
    worker = asyncio.ensure_future(platform.run(stop))
    with pytest.raises(Refused) as refused:
        await client.post(ann, "nobody will know")
    assert refused.value.kind == "unavailable"
    await clock.sleep_ms(duration_ms)
    assert not worker.done()
    disk.free()
    await clock.sleep_ms(2_000)
    stop.set()
    await worker
    return stores, platform, (ann, bob, tweet.id)


async def arrived(platform, bob, tweet_id):
    client = platform.client
    assert [view.tweet.id for view in (await client.home(bob)).items] == [tweet_id]
    assert [view.tweet.id for view in (await client.search(bob, "#world")).items] == [tweet_id]
    told = [n.tweet_id for n in (await client.notifications(bob)).items if n.kind == "mention"]
    assert told == [tweet_id]


@pytest.mark.parametrize("duration_ms", [SHORT_MS, LONG_MS])
def test_after_an_outage_everything_acknowledged_arrives(tmp_path, duration_ms):
    async def main(clock):
        stores, platform, (_, bob, tweet_id) = await outage(clock, tmp_path, duration_ms)
        try:
            await arrived(platform, bob, tweet_id)
            assert not await platform.queue.dead_letters()
            assert not await stores.outbox.pending(9)
        finally:
            await stores.close()

    run_virtual(main)


def test_what_was_given_up_is_delivered_after_a_restart(tmp_path):
    async def main(clock):
        stores = open_stores("sqlite", tmp_path, SOLVED.schema())
        platform = Platform(SOLVED, VirtualWorld(clock), stores, fake_redis())
        ann, bob = [(await platform.client.sign_up(handle, handle)).id for handle in ("ann", "bob")]
        await platform.client.follow(bob, ann)
        await platform.drain()
        tweet = await platform.client.post(ann, "hello @bob #world")
        platform.fanout.deliver = poison
        await platform.drain()
        assert [letter.event.subject_id for letter in await platform.queue.dead_letters()] == [tweet.id]
        await stores.close()

        stores = open_stores("sqlite", tmp_path, SOLVED.schema())
        try:
            platform = Platform(SOLVED, VirtualWorld(clock), stores, fake_redis(), worker="worker-1")
            await platform.drain()
            await arrived(platform, bob, tweet.id)
        finally:
            await stores.close()

    run_virtual(main)


async def poison(event, user_ids):
    raise ValueError("a fault of the program, mended before the restart")
