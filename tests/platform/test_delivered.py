"""Every kind of event leaves the outbox for good once it has reached everybody, or nobody is left to reach."""

from __future__ import annotations

import sqlite3

import pytest

from solutions.week1.day1_snowflake import Snowflake
from solutions.week1.day2_schema import SocialSchema
from solutions.week1.day3_cache import AsideCache
from solutions.week1.day4_queue import FanoutQueue
from solutions.week1.day5_meter import LatencyMeter
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.platform import Platform
from twitterlab.storage.database import FILE
from twitterlab.storage.stores import open_stores
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.virtual import VirtualWorld, run_virtual

SOLVED = Blueprint(Snowflake, SocialSchema, AsideCache, FanoutQueue, LatencyMeter)


def kept(folder):
    """The events that a restart would find."""
    file = sqlite3.connect(folder / FILE)
    try:
        return [kind for (kind,) in file.execute("SELECT kind FROM outbox ORDER BY id")]
    finally:
        file.close()


async def everything(client):
    """One event of each kind, also such that reach nobody."""
    ann, bob = [(await client.sign_up(handle, handle)).id for handle in ("ann", "bob")]
    await client.follow(bob, ann)
    tweet = await client.post(ann, "hello @bob")
    gone = await client.post(ann, "gone")
    await client.retweet(bob, tweet.id)
    await client.like(bob, tweet.id)
    await client.like(ann, tweet.id)
    await client.like(bob, gone.id)
    await client.delete(ann, gone.id)
    await client.unfollow(bob, ann)


@pytest.mark.parametrize("blueprint", [Blueprint(), SOLVED], ids=["null", "solved"])
def test_after_the_drain_a_restart_finds_nothing_to_deliver(tmp_path, blueprint):
    async def main(clock):
        stores = open_stores("sqlite", tmp_path, blueprint.schema())
        platform = Platform(blueprint, VirtualWorld(clock), stores, fake_redis())
        try:
            await everything(platform.client)
            before = kept(tmp_path)
            await platform.drain()
            return before
        finally:
            await stores.close()

    before = run_virtual(main)

    assert set(before) == {"followed", "posted", "liked", "deleted", "unfollowed"}
    assert kept(tmp_path) == []


def test_what_had_arrived_before_the_process_died_is_not_delivered_again(tmp_path):
    async def main(clock):
        redis = fake_redis()
        stores = open_stores("sqlite", tmp_path, SOLVED.schema(), redis)
        platform = Platform(SOLVED, VirtualWorld(clock), stores, redis)
        ann = await platform.client.sign_up("ann", "ann")
        await platform.client.post(ann.id, "hello")
        while await platform.queue.relay(stores.outbox) + await platform.queue.work(platform.fanout):
            pass  # and dies before the outbox is told
        await stores.close()

        stores = open_stores("sqlite", tmp_path, SOLVED.schema(), redis)
        try:
            platform = Platform(SOLVED, VirtualWorld(clock), stores, redis, worker="worker-1")
            await platform.drain()
            return platform.fanout.delivered
        finally:
            await stores.close()

    assert run_virtual(main) == 0
    assert kept(tmp_path) == []


def test_who_reads_before_the_worker_comes_hides_no_tweet_from_search_and_no_mention_from_whom_it_names(tmp_path):
    async def main(clock):
        stores = open_stores("sqlite", tmp_path, SOLVED.schema())
        platform = Platform(SOLVED, VirtualWorld(clock), stores, fake_redis())
        client = platform.client
        try:
            ann, bob = [(await client.sign_up(handle, handle)).id for handle in ("ann", "bob")]
            tweet = await client.post(ann, "early #bird for @bob")
            await client.home(ann)  # built from the source: the tweet is there before it is delivered
            await platform.drain()
            found = await client.search(bob, "early")
            return tweet.id, [view.tweet.id for view in found.items], await client.unread(bob), await client.trends()
        finally:
            await stores.close()

    tweet_id, found, unread, trends = run_virtual(main)
    assert found == [tweet_id]
    assert unread == 1
    assert [trend.tag for trend in trends] == ["bird"]
