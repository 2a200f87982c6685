"""Speed of fan-out to Valkey timelines, as ratios to the plain way in the same run.

The plain way sends three commands a timeline in a pipeline, as fakeredis gets them. Timelines are full (800 ids), so
that every push trims one. `pytest tests/benchmarks/test_valkey_timelines.py -m slow -s` prints the figures.
"""

from __future__ import annotations

import asyncio

import pytest

from twitterlab.servers import valkey
from twitterlab.storage.timelines.memory import CAPACITY, MemoryTimelines
from twitterlab.storage.timelines.redis import RedisTimelines
from twitterlab.world.live import stopwatch_ns

pytestmark = pytest.mark.slow
FOLLOWERS, TWEETS, ROUNDS, READS = 1_000, 10, 5, 500


async def filled(timelines):
    for user_id in range(FOLLOWERS):
        await timelines.fill(user_id, range(1, CAPACITY + 1), True)
    return timelines


async def deliveries_per_s(timelines):
    """The best of some rounds: the one nothing disturbed."""
    best_s, users = float("inf"), list(range(FOLLOWERS))
    for number in range(ROUNDS):
        start = stopwatch_ns()
        for tweet in range(TWEETS):
            await timelines.push(users, 10_000 + number * TWEETS + tweet)
        best_s = min(best_s, (stopwatch_ns() - start) / 1e9)
    return FOLLOWERS * TWEETS / best_s


async def pages_per_s(timelines):
    start = stopwatch_ns()
    for number in range(READS):
        assert len(await timelines.page(number % FOLLOWERS, 2**63 - 1, 20)) == 20
    return READS / ((stopwatch_ns() - start) / 1e9)


def test_one_command_in_the_server_beats_a_pipeline_of_three_a_timeline(valkey_server):
    async def main(server):
        redis = server.client()
        try:
            timelines = await filled(RedisTimelines(redis))
            looped = await deliveries_per_s(timelines)
            timelines._has_lua = False
            return looped, await deliveries_per_s(timelines), await pages_per_s(timelines)
        finally:
            await redis.aclose()

    with valkey.open(settings=valkey.VOLATILE) as server:
        looped, piped, pages = asyncio.run(main(server))
    lists = asyncio.run(in_memory())
    print(
        f"\nValkey: {looped:,.0f} deliveries/s by a loop in the server, {piped:,.0f} by pipelines; {pages:,.0f} pages/s"
    )
    print(f"lists in this process: {lists:,.0f} deliveries/s")
    assert looped > 1.5 * piped


async def in_memory():
    return await deliveries_per_s(await filled(MemoryTimelines()))
