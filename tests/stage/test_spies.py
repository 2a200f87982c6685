"""What stands between the platform and its parts, and counts."""

from __future__ import annotations

import asyncio
from math import isnan

from twitterlab.bench.oracle import Oracle
from twitterlab.parts.cache import Entry, Kind, NoCache
from twitterlab.stage.accidents import Accidents
from twitterlab.stage.spies import UNCOUNTED, CacheSpy, TimelineSpy
from twitterlab.storage.timelines.memory import MemoryTimelines


class Kept(NoCache):
    """Loads once, whatever the entry."""

    def __init__(self) -> None:
        self.members: list[bytes] | None = None

    async def get(self, entry, load, limit=800):
        if self.members is None:
            self.members = list(await load())
        return self.members


async def load() -> list[bytes]:
    return [b"1"]


def test_a_hit_is_a_read_without_a_load_of_its_own() -> None:
    async def story() -> CacheSpy:
        spy = CacheSpy(Kept())
        for _ in range(4):
            await spy.get(Entry(Kind.HOME, 1), load)
        return spy

    assert asyncio.run(story()).hit_percent() == 75


def test_other_entries_and_the_benchs_own_reads_do_not_count() -> None:
    async def story() -> CacheSpy:
        spy = CacheSpy(NoCache(None, None, None))
        await spy.get(Entry(Kind.TWEET, 1), load)
        UNCOUNTED.set(True)
        await spy.get(Entry(Kind.HOME, 1), load)
        return spy

    assert isnan(asyncio.run(story()).hit_percent())


def test_the_oracle_hears_of_a_push_after_it_has_happened() -> None:
    oracle = Oracle()
    timelines = TimelineSpy(MemoryTimelines(), oracle)

    asyncio.run(timelines.push([1, 2], 10))

    assert oracle.delivered == 2
    assert asyncio.run(timelines.missing([1, 2, 3], 10)) == [3]


def test_accidents_are_counted_by_their_words() -> None:
    accidents = Accidents()

    for number in range(3):
        accidents.happened(KeyError(f"user {number}"), "read")
    accidents.happened(ValueError("once"), "post")

    assert accidents.count == 4
    assert accidents.commonest().startswith("3 x read: KeyError")
