"""Valkey goes away and comes back: people notice nothing but time."""

from __future__ import annotations

import asyncio

import pytest
from redis import RedisError

from solutions.week1.day1_snowflake import Snowflake
from solutions.week1.day2_schema import SocialSchema
from solutions.week1.day3_cache import AsideCache
from solutions.week1.day4_queue import FanoutQueue
from solutions.week1.day5_meter import LatencyMeter
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.queue import QueuePolicy
from twitterlab.platform.platform import Platform
from twitterlab.servers import valkey
from twitterlab.storage.stores import open_stores
from twitterlab.world.chance import SeededChance
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.live import LiveWorld
from twitterlab.world.virtual import VirtualWorld, run_virtual

SOLVED = Blueprint(Snowflake, SocialSchema, AsideCache, FanoutQueue, LatencyMeter)


async def people(platform, *handles):
    return [(await platform.client.sign_up(handle, handle.title())).id for handle in handles]


async def home(platform, me):
    return [view.shown.text for view in (await platform.client.home(me)).items]


@pytest.fixture
def two_platforms(tmp_path):
    """Runs a story with a Valkey that can be killed and two processes' platforms on it."""
    if valkey.VALKEY.find() is None:
        pytest.skip(f"{valkey.VALKEY.why_not()}. {valkey.VALKEY.get_it}")

    def run(story):
        async def main(server):
            clients = [server.client() for _ in range(3)]
            stores = open_stores("sqlite", tmp_path, SOLVED.schema(), clients[0])
            platforms = [
                Platform(SOLVED, LiveWorld(number), stores, clients[number], machine=number, worker=f"worker-{number}")
                for number in (1, 2)
            ]
            try:
                await story(server, *platforms)
            finally:
                await stores.close()
                for client in clients:
                    await client.aclose()

        with valkey.open() as server:
            asyncio.run(main(server))

    return run


def test_while_it_is_down_reads_are_right_and_writes_are_kept(two_platforms):
    async def story(server, here, there):
        ann, bob, eve = await people(here, "ann", "bob", "eve")
        await here.client.follow(bob, ann)
        await here.client.follow(eve, ann)
        await here.client.post(ann, "one")
        await here.drain()
        for platform in (here, there):
            assert await home(platform, bob) == await home(platform, eve) == ["one"]

        server.kill()
        await here.client.post(ann, "two")
        await here.client.unfollow(eve, ann)
        await here.client.follow(ann, bob)
        await here.client.post(bob, "hello ann")
        for platform in (here, there):
            assert await home(platform, bob) == ["hello ann", "two", "one"]
            assert await home(platform, eve) == []
        with pytest.raises((RedisError, OSError)):
            await here.step()

        server.start()
        await here.drain()
        for platform in (there, here):  # the one that was told nothing first
            assert await home(platform, ann) == ["hello ann", "two", "one"]
            assert await home(platform, bob) == ["hello ann", "two", "one"]
            assert await home(platform, eve) == []
        assert here.fanout.repeated == 0
        assert len((await here.client.notifications(bob)).items) == 1

    two_platforms(story)


def test_what_was_on_its_way_when_it_was_killed_arrives(two_platforms):
    async def story(server, here, there):
        ann, bob = await people(here, "ann", "bob")
        await here.client.follow(bob, ann)
        await here.drain()
        for number in range(5):
            await here.client.post(ann, f"{number}")
        await here.queue.relay(here.stores.outbox)
        assert await here.stores.outbox.pending(9) == []  # only the stream has them

        server.kill()
        server.start()
        await here.drain()
        assert await here.stores.timelines.missing([ann, bob], (await here.client.home(bob)).items[0].tweet.id) == []
        assert await home(there, bob) == ["4", "3", "2", "1", "0"]
        assert here.fanout.delivered == 10

    two_platforms(story)


def test_the_worker_goes_on_when_it_is_back(two_platforms):
    async def story(server, here, there):
        ann, bob = await people(here, "ann", "bob")
        await here.client.follow(bob, ann)
        stop, arrived = asyncio.Event(), asyncio.Event()
        deliver = here.fanout.deliver

        async def tell(event, user_ids):
            await deliver(event, user_ids)
            if event.kind == "posted":
                arrived.set()

        here.fanout.deliver = tell
        server.kill()
        worker = asyncio.create_task(here.run(stop))
        await here.client.post(ann, "one")
        server.start()
        await asyncio.wait_for(arrived.wait(), 30)
        stop.set()
        await worker
        assert await home(there, bob) == ["one"]

    two_platforms(story)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_moment_it_loses_nothing_and_shows_nothing_twice(two_platforms, seed):
    async def story(server, here, there):
        chance = SeededChance(seed)
        ids = await people(here, *(f"user{number}" for number in range(8)))
        for follower in ids:
            for followee in ids:
                if follower != followee and chance.random() < 0.5:
                    await here.client.follow(follower, followee)
        stop = asyncio.Event()
        workers = [asyncio.create_task(platform.run(stop)) for platform in (here, there)]
        posted = []
        for number in range(120):
            author = ids[chance.below(len(ids))]
            posted.append((await (here, there)[number % 2].client.post(author, f"tweet {number}")).id)
            await home((here, there)[chance.below(2)], ids[chance.below(len(ids))])
            if chance.random() < 0.08:
                server.kill()
                await here.client.unfollow(ids[chance.below(8)], ids[chance.below(8)])
                server.start()
            if chance.random() < 0.3:
                await asyncio.sleep(0)
        stop.set()
        await asyncio.gather(*workers)
        await asyncio.gather(here.drain(), there.drain())
        for me in ids:
            due = await here.stores.tweets.home(me, 2**63 - 1, 1_000)
            for platform in (there, here):
                page = await platform.timelines.page(me, 2**63 - 1, 1_000)
                assert page == due, f"seed {seed}"
            assert len(set(due)) == len(due)
        kept = {id_ for me in ids for id_ in await here.stores.tweets.by_author(me, 2**63 - 1, 1_000)}
        assert set(posted) == kept

    two_platforms(story)


def test_copies_that_are_lost_are_worked_out_again(tmp_path, valkey_empty):
    async def main(copies):
        redis = valkey_empty.client()
        near = copies.client()
        stores = open_stores("sqlite", tmp_path, SOLVED.schema(), near)
        stores.copies = near
        platform = Platform(SOLVED, LiveWorld(1), stores, redis)
        try:
            ann, bob = await people(platform, "ann", "bob")
            await platform.client.follow(bob, ann)
            await platform.client.post(ann, "one")
            await platform.drain()
            assert await home(platform, bob) == ["one"]

            copies.kill()
            await platform.client.post(ann, "two")
            assert await home(platform, bob) == ["two", "one"]
            for _ in range(2 * QueuePolicy().max_attempts):
                with pytest.raises((RedisError, OSError)):
                    await platform.step()

            copies.start()
            await platform.drain()
            assert await home(platform, bob) == ["two", "one"]
            assert await platform.queue.dead_letters() == []
            await platform.client.post(ann, "three")
            await platform.drain()
            assert await home(platform, bob) == ["three", "two", "one"]
            assert platform.fanout.repeated == 0
        finally:
            await stores.close()
            await redis.aclose()
            await near.aclose()

    with valkey.open(settings=valkey.VOLATILE) as copies:
        asyncio.run(main(copies))


def test_a_delivery_that_died_before_the_cache_knew_is_shown_all_the_same(tmp_path):
    async def main(clock):
        redis = fake_redis()
        stores = open_stores("memory", None, SOLVED.schema(), redis)
        platform = Platform(SOLVED, VirtualWorld(clock), stores, redis)
        ann, bob = await people(platform, "ann", "bob")
        await platform.client.follow(bob, ann)
        await platform.drain()
        assert await home(platform, bob) == []  # cached
        add = platform.cache.add

        async def dies(entries, member):
            platform.cache.add = add
            raise RuntimeError("killed")

        platform.cache.add = dies
        await platform.client.post(ann, "one")
        await platform.drain()
        assert await home(platform, bob) == ["one"]

    run_virtual(main)


def test_a_worker_that_is_cancelled_in_the_moment_of_an_outage_ends():
    async def main(clock):
        stores = open_stores("memory", None, SOLVED.schema(), fake_redis())
        platform = Platform(SOLVED, VirtualWorld(clock), stores, fake_redis())

        async def loses_it():
            try:
                await clock.sleep_ms(10)
            except asyncio.CancelledError:
                raise ConnectionError("and not a word of the cancellation") from None
            return 0

        platform.step = loses_it
        worker = asyncio.create_task(platform.run(asyncio.Event()))
        await clock.sleep_ms(5)
        worker.cancel()
        assert await asyncio.wait([worker], timeout=60) == ({worker}, set())
        assert worker.cancelled()

    run_virtual(main)
