"""What a cache would pay if it waited for the disk, as the event log does.

Both servers are filled by the reference cache, one entry after the other. `pytest tests/benchmarks/test_valkey_disk.py
-m slow -s` prints the figures; the ratio is the disk's, and on a disk that is busy with others it is larger.
"""

from __future__ import annotations

import asyncio

import pytest

from solutions.week1.day3_cache import AsideCache
from twitterlab.parts.cache import Entry, Kind
from twitterlab.servers import valkey
from twitterlab.world.chance import SeededChance
from twitterlab.world.live import LiveClock, stopwatch_ns

pytestmark = pytest.mark.slow
ENTRIES, ROUNDS = 200, 5
MEMBERS = [str(number).encode() for number in range(100)]


async def fill_s(cache, first):
    """How long it takes to fill so many entries, one after the other."""

    async def load():
        return MEMBERS

    start = stopwatch_ns()
    for entry in range(first, first + ENTRIES):
        await cache.get(Entry(Kind.HOME, entry), load)
    return (stopwatch_ns() - start) / 1e9


async def fills_per_s(*servers):
    """The best of some rounds of each, taken in turns: the ones that nothing disturbed."""
    clients = [server.client() for server in servers]
    caches = [AsideCache(redis, LiveClock(), SeededChance(1)) for redis in clients]
    rounds_s = [[await fill_s(cache, number * ENTRIES) for cache in caches] for number in range(ROUNDS)]
    for redis in clients:
        await redis.aclose()
    return [ENTRIES / min(times_s) for times_s in zip(*rounds_s, strict=True)]


def test_a_cache_that_does_not_wait_for_the_disk_is_not_slower(valkey_server):
    with valkey.open(settings=valkey.DURABLE) as durable, valkey.open(settings=valkey.CACHE) as in_memory:
        waiting, free = asyncio.run(fills_per_s(durable, in_memory))

    print(
        f"\ncache fills: {free:,.0f}/s in memory, {waiting:,.0f}/s on disk before the answer ({free / waiting:.1f} times)"
    )
    assert free > 0.8 * waiting
