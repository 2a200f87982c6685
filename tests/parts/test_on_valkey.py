"""The laws of the client parts hold on a real Valkey: the graded checks themselves, on its time.

Nothing sleeps: `world.real_redis` ages the server when virtual time jumps. One check looks 2 ms before the
end of a lease, and the server's own clock moves on too: here that law is asked with a wider margin.
"""

from __future__ import annotations

from contextlib import suppress

import pytest

from solutions.week1.day3_cache import AsideCache
from solutions.week1.day4_queue import FanoutQueue
from twitterlab.course.checks import lineage
from twitterlab.parts.cache import NoCache
from twitterlab.parts.queue import Event, NoQueue, QueuePolicy
from twitterlab.world.chance import SeededChance
from twitterlab.world.real_redis import RealRedis
from weeks.week1.checks import cache_bench, day3_cache, day4_queue, lives, queue_bench

TOO_EXACT = (day4_queue.the_dead_are_taken_over,)
ALL = [
    (checks, look, solution, null)
    for checks, solution, null in ((day3_cache, AsideCache, NoCache), (day4_queue, FanoutQueue, NoQueue))
    for look in vars(checks).values()
    if hasattr(look, "check") and look not in TOO_EXACT
]


@pytest.fixture(params=ALL, ids=lambda case: case[1].__name__)
def case(request, valkey_server, monkeypatch):
    """A check that runs on the real server, the solution and the null part."""
    checks, look, solution, null = request.param
    real = RealRedis(valkey_server.address())
    bench = queue_bench if checks is day4_queue else cache_bench
    monkeypatch.setattr(bench, "fake_redis", real.client)
    monkeypatch.setattr(bench, "run_virtual", real.run)
    return look, solution, null


def test_the_solution_keeps_the_law(case):
    look, solution, _ = case

    look(solution)


def test_the_null_part_breaks_it(case):
    look, _, null = case

    with pytest.raises((AssertionError, ValueError)):
        for one in lineage(look):
            one(null)


def test_what_a_dead_worker_held_is_taken_over_after_its_lease(valkey_server):
    policy = QueuePolicy(lease_ms=60_000)
    real = RealRedis(valkey_server.address())

    async def story(clock):
        rows = queue_bench.Rows(Event(1, "posted", 1, 1))
        timelines = queue_bench.Timelines(clock)
        first, second = (FanoutQueue(real.client(), clock, SeededChance(1), policy, name) for name in ("one", "two"))
        await first.relay(rows)
        with suppress(lives.Died):
            await first.work(lives.Life(1).bound(timelines))
        await clock.sleep_ms(policy.lease_ms / 2)
        assert await second.work(timelines) == 0
        await clock.sleep_ms(policy.lease_ms / 2)
        assert await second.work(timelines) == 1
        assert [user for _, user in timelines.got] == list(queue_bench.FOLLOWERS)

    real.run(story)
