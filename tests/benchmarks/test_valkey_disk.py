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
ENTRIES, ROUNDS = 300, 3
MEMBERS = [str(number).encode() for number in range(100)]


def fills_per_s(settings):
    """The best of some rounds: the one nothing disturbed."""

    async def load():
        return MEMBERS

    async def main(server):
        redis = server.client()
        cache = AsideCache(redis, LiveClock(), SeededChance(1))
        best_s = float("inf")
        try:
            for number in range(ROUNDS):
                start = stopwatch_ns()
                for entry in range(ENTRIES):
                    await cache.get(Entry(Kind.HOME, number * ENTRIES + entry), load)
                best_s = min(best_s, (stopwatch_ns() - start) / 1e9)
        finally:
            await redis.aclose()
        return ENTRIES / best_s

    with valkey.open(settings=settings) as server:
        return asyncio.run(main(server))


def test_a_cache_that_does_not_wait_for_the_disk_is_not_slower(valkey_server):
    waiting, free = fills_per_s(valkey.DURABLE), fills_per_s(valkey.CACHE)

    print(
        f"\ncache fills: {free:,.0f}/s in memory, {waiting:,.0f}/s on disk before the answer ({free / waiting:.1f} times)"
    )
    assert free > 0.8 * waiting
