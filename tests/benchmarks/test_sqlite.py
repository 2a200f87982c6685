"""Speed of the SQLite engine, as ratios to the plain way in the same run: absolute figures belong to one machine.

The plain way sends each read to the writer's thread and commits each write alone. `pytest tests/benchmarks/test_sqlite.py
-m slow -s` prints the figures.
"""

from __future__ import annotations

import asyncio

import pytest

from solutions.week1.day1_snowflake import Snowflake
from solutions.week1.day2_schema import SocialSchema
from solutions.week1.day4_queue import FanoutQueue
from twitterlab.model.user import User
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.platform import Platform
from twitterlab.storage.stores import open_stores
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.live import LiveWorld, stopwatch_ns

pytestmark = pytest.mark.slow
ROUNDS = 5
READS, WRITES, PEOPLE, HOMES = 2_000, 500, 100, 500


def plainly(stores):
    """The same engine with a way to the thread and back for a read, and a commit for every write."""
    database, turn = stores.users._database, asyncio.Lock()
    thread, read, ask, write = database._commits._thread, database.read, database.ask, database.write

    def finished(coroutine):
        with pytest.raises(StopIteration) as answer:
            coroutine.send(None)
        return answer.value.value

    async def on_the_thread(call, *arguments):
        return await asyncio.get_running_loop().run_in_executor(thread, lambda: finished(call(*arguments)))

    async def alone(action, is_flushed=True):
        async with turn:
            return await write(action)

    database.read = lambda *arguments: on_the_thread(read, *arguments)
    database.ask = lambda *arguments: on_the_thread(ask, *arguments)
    database.write = alone


async def took_ms(work, is_plain):
    """Milliseconds of `work(stores)` on a new file."""
    stores = open_stores("sqlite", None, SocialSchema())
    try:
        if is_plain:
            plainly(stores)
        await people(stores)
        start = stopwatch_ns()
        await work(stores)
        return (stopwatch_ns() - start) / 1e6
    finally:
        await stores.close()


def best_ms(work):
    """Ours and the plain way, in turns; of each the round that nothing disturbed."""
    rounds = [[asyncio.run(took_ms(work, is_plain)) for is_plain in (False, True)] for _ in range(ROUNDS)]
    return map(min, zip(*rounds, strict=True))


async def people(stores):
    await asyncio.gather(*(stores.users.add(User(id_, f"user{id_}", "x", 0)) for id_ in range(1, PEOPLE + 1)))


async def reads(stores):
    for number in range(READS):
        await stores.users.many([1 + number % PEOPLE])


async def writes(stores):
    await asyncio.gather(*(stores.users.add(User(PEOPLE + id_, f"late{id_}", "x", 0)) for id_ in range(1, WRITES)))


async def a_day(stores):
    """Everybody follows ten and posts, and reads home: the platform without a cache."""
    blueprint = Blueprint(snowflake=Snowflake, schema=SocialSchema, queue=FanoutQueue)
    platform = Platform(blueprint, LiveWorld(), stores, fake_redis())
    client = platform.client
    follows = [(a, 1 + (a + b) % PEOPLE) for a in range(1, PEOPLE + 1) for b in range(10)]
    await asyncio.gather(*(client.follow(a, b) for a, b in follows if a != b))
    await asyncio.gather(*(client.post(a, "hello") for a in range(1, PEOPLE + 1)))
    await platform.drain()
    await asyncio.gather(*(client.home(1 + number % PEOPLE) for number in range(HOMES)))


@pytest.mark.parametrize(
    ("work", "least"), [(reads, 1.5), (writes, 2), (a_day, 1.2)], ids=lambda value: getattr(value, "__name__", "")
)
def test_the_engine_is_faster_than_the_plain_way(work, least):
    ours, plain = best_ms(work)

    print(f"\n{work.__name__}: {ours:.1f} ms, plainly {plain:.1f} ms: {plain / ours:.1f} times")
    assert plain / ours > least  # far less than on a quiet machine; without the mechanism it is 1
