"""A home timeline read through Valkey, beside the bare redis-py calls that it makes, in the same run.

The calls are recorded while the platform reads, and then made by redis-py alone, one reader after the other.
`pytest tests/benchmarks/test_home_read.py -m slow -s` prints the figures.
"""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from solutions.week1.day3_cache import AsideCache
from tests.edge.conftest import SOLVED
from twitterlab.platform.cursors import NEWEST
from twitterlab.platform.platform import Platform
from twitterlab.servers import valkey
from twitterlab.storage.engines import open_engine
from twitterlab.world.live import LiveWorld, stopwatch_ns

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(valkey.VALKEY.find() is None, reason=f"{valkey.VALKEY.why_not()}. {valkey.VALKEY.get_it}"),
]
READERS, FRIENDS, TWEETS, ROUNDS, PAGE = 50, 20, 10, 5, 20


def recorded(monkeypatch):
    """What redis-py is asked from now on: lists of commands, each list one round trip."""
    trips = []
    execute_command, execute = Redis.execute_command, Pipeline.execute

    async def one(self, *arguments, **options):
        if not isinstance(self, Pipeline):
            trips.append([arguments])
        return await execute_command(self, *arguments, **options)

    async def many(self, *arguments, **options):
        trips.append([command.args if hasattr(command, "args") else command[0] for command in self.command_stack])
        return await execute(self, *arguments, **options)

    monkeypatch.setattr(Redis, "execute_command", one)
    monkeypatch.setattr(Pipeline, "execute", many)
    return trips


async def replayed(client, trips):
    """The same round trips by redis-py and nothing else."""
    for commands in trips:
        if len(commands) == 1:
            await client.execute_command(*commands[0])
            continue
        pipe = client.pipeline(transaction=False)
        for command in commands:
            pipe.execute_command(*command)
        await pipe.execute()


async def reads_per_s(read, readers):
    """The best of some rounds, one read after the other."""
    best_s = float("inf")
    for _ in range(ROUNDS):
        start = stopwatch_ns()
        for reader in readers:
            await read(reader)
        best_s = min(best_s, (stopwatch_ns() - start) / 1e9)
    return len(readers) / best_s


@pytest.mark.parametrize("is_cached", [True, False], ids=["from the cache", "from the timeline that was pushed"])
def test_a_home_read_beside_the_bare_calls_it_makes(is_cached):
    async def main():
        async with open_engine("valkey", None, SOLVED.schema()) as (stores, redis):
            platform = Platform(SOLVED, LiveWorld(1), stores, redis, limits={})
            readers = await town(platform)
            assert isinstance(platform.cache, AsideCache)

            async def ids(me):
                if is_cached:
                    return await platform.timelines.page(me, NEWEST, PAGE)
                return await stores.timelines.page(me, NEWEST, PAGE)

            trips = {}
            with pytest.MonkeyPatch.context() as patch:
                log = recorded(patch)
                for reader in readers:
                    assert len(await ids(reader)) == PAGE
                    trips[reader] = log.copy()
                    log.clear()
            ours = await reads_per_s(ids, readers)
            bare = await reads_per_s(lambda me: replayed(stores.copies, trips[me]), readers)
            views = await reads_per_s(lambda me: platform.client.home(me), readers)
            commands = ", ".join(str(command[0]) for trip in trips[readers[0]] for command in trip)
            return ours, bare, views, commands

    ours, bare, views, commands = asyncio.run(main())
    print(
        f"\n{ours:,.0f} home timelines of {PAGE} ids/s, {bare:,.0f}/s by bare redis-py ({commands}): "
        f"1 to {bare / ours:.2f}; {views:,.0f}/s with their tweets, authors and counts from SQLite"
    )
    assert bare < 4 * ours


async def town(platform):
    """People who follow others that have posted, and have read their page once."""
    client = platform.client
    friends = [(await client.sign_up(f"friend{number}", "Friend")).id for number in range(FRIENDS)]
    readers = [(await client.sign_up(f"reader{number}", "Reader")).id for number in range(READERS)]
    for reader in readers:
        for friend in friends:
            await client.follow(reader, friend)
    await platform.drain()
    for reader in readers:
        await client.home(reader)
    for friend in friends:
        for number in range(TWEETS):
            await client.post(friend, f"tweet {number}")
    await platform.drain()
    for reader in readers:
        await client.home(reader)
    return readers
