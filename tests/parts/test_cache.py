"""Each check of day 1.3 passes the solution, and fails the wrong implementation it names."""

from __future__ import annotations

import pytest

from solutions.week1 import day3_cache
from solutions.week1.day3_cache import AsideCache
from twitterlab.course.checks import lineage
from twitterlab.parts.cache import Entry, Kind, NoCache
from weeks.week1.checks import cache_bench
from weeks.week1.checks import day3_cache as checks

ALL = [look for look in vars(checks).values() if hasattr(look, "check")]


class EmptyIsAMiss(AsideCache):
    async def _look(self, key, limit):
        members, holder = await super()._look(key, limit)
        return members or None, holder


class KeepsNothing(AsideCache):
    async def _fill(self, key, token, entry, members):
        await self._redis.delete(day3_cache.lease_of(key))


class EachForItself(AsideCache):
    async def get(self, entry, load, limit=800):
        key = day3_cache.key_of(entry)
        members, _ = await self._look(key, limit)
        if members is None:
            members = await load()
            await self._redis.delete(key)
            await self._redis.rpush(key, *[b"+" + member for member in members], b"")
        return members


class StartsAgain(AsideCache):
    async def get(self, entry, load, limit=800):
        await self._redis.expire(day3_cache.key_of(entry), 900)
        return await super().get(entry, load, limit)


class FillsAnyway(AsideCache):
    async def _fill(self, key, token, entry, members):
        await self._redis.set(day3_cache.lease_of(key), token)
        await super()._fill(key, token, entry, members)


class Creates(AsideCache):
    async def add(self, entries, member):
        for entry in entries:
            await self._redis.lpush(day3_cache.key_of(entry), b"+" + member)


class ForgetsWhatWasLost(AsideCache):
    async def _write(self, keys, pipe):
        await super()._write(keys, pipe)
        self._lost._until_ms.clear()


class NotStarted:
    def __init__(self, redis, clock, chance):
        raise NotImplementedError


WRONG = {
    checks.cached_is_not_loaded: KeepsNothing,
    checks.an_empty_answer_is_an_answer: EmptyIsAMiss,
    checks.a_stampede_makes_one_load: EachForItself,
    checks.nothing_outlives_its_lifetime: StartsAgain,
    checks.a_forget_during_a_load_wins: FillsAnyway,
    checks.an_add_during_a_load_wins: FillsAnyway,
    checks.adding_keeps_the_newest: Creates,
    checks.redis_down_is_slower_not_wrong: ForgetsWhatWasLost,
}


def test_the_points_sum_to_100():
    assert sum(look.check.points for look in ALL) == 100


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_the_solution_passes(look):
    look(AsideCache)


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_the_named_mistake_fails(look):
    with pytest.raises(AssertionError):
        look(WRONG[look])


@pytest.mark.parametrize("write", ["add", "forget"])
def test_a_process_that_only_writes_makes_good_a_lost_write_with_its_next(write):
    async def look(bench):
        worker, reader = bench.process(), bench.process()
        await reader.get(cache_bench.HOME, bench.origin.load)
        bench.server.connected = False
        bench.origin.members.insert(0, b"4")
        await (worker.add([cache_bench.HOME], b"4") if write == "add" else worker.forget([cache_bench.HOME]))
        bench.server.connected = True
        await worker.add([Entry(Kind.HOME, 8)], b"9")
        assert await reader.get(cache_bench.HOME, bench.origin.load) == bench.origin.members

    cache_bench.on_bench(AsideCache, look)


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_the_null_part_scores_nothing(look):
    with pytest.raises(AssertionError):
        for one in lineage(look):
            one(NoCache)


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_a_part_not_started_scores_nothing(look):
    with pytest.raises(NotImplementedError):
        look(NotStarted)
