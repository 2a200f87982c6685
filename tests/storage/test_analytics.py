"""The contract of analytics, clause by clause, on every engine."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twitterlab.errors import Refused
from twitterlab.model.engagement import KINDS, Engagement, HourCount, TagCount
from twitterlab.storage.analytics.memory import MemoryAnalytics
from twitterlab.storage.analytics.port import HOUR_MS

ENGINES = ("memory", "sqlite", "duckdb")
TOP = 2**63 - 1


def opened(name, folder):
    if name == "memory":
        return MemoryAnalytics()
    if name == "duckdb":
        pytest.importorskip("duckdb")
        from twitterlab.storage.analytics import duckdb as room
    else:
        from twitterlab.storage.analytics import sqlite as room
    return room.open_analytics(folder)


@pytest.fixture(params=ENGINES)
def on(request, tmp_path):
    """Runs a story on a fresh engine."""

    def run(story):
        async def main():
            analytics = opened(request.param, tmp_path)
            try:
                return await story(analytics)
            finally:
                if request.param != "memory":
                    await analytics.close()

        return asyncio.run(main())

    return run


def test_hours_are_counted_by_kind_and_from_an_hour_to_under_another(on):
    async def story(analytics):
        await analytics.record(
            [
                Engagement(1, "post", 0, ("tea",)),
                Engagement(2, "like", HOUR_MS - 1, ("tea", "rain")),
                Engagement(3, "post", HOUR_MS, ("rain",)),
                Engagement(4, "post", HOUR_MS + 5),
                Engagement(5, "post", 2 * HOUR_MS),
            ]
        )
        assert await analytics.by_hour(0, 2 * HOUR_MS) == [
            HourCount(0, "like", 1),
            HourCount(0, "post", 1),
            HourCount(HOUR_MS, "post", 2),
        ]
        assert await analytics.by_hour(1, TOP, "RAIN") == [HourCount(0, "like", 1), HourCount(HOUR_MS, "post", 1)]
        assert await analytics.by_hour(0, TOP, "snow") == []

    on(story)


def test_an_event_counts_once_and_as_it_was_told_first(on):
    async def story(analytics):
        await analytics.record([Engagement(1, "post", 7, ("tea",)), Engagement(1, "like", 9, ("rain",))])
        await analytics.record([Engagement(1, "like", 9, ("rain",))])
        assert await analytics.by_hour(0, TOP) == [HourCount(0, "post", 1)]
        assert await analytics.top_tags(0, TOP, 9) == [TagCount("tea", 1)]

    on(story)


def test_the_most_used_tags_come_first_then_by_name(on):
    async def story(analytics):
        await analytics.record(
            [Engagement(n, "post", n, tags) for n, tags in enumerate([("b", "a"), ("a",), ("c",), ()])]
        )
        assert await analytics.top_tags(0, TOP, 2) == [TagCount("a", 2), TagCount("b", 1)]
        assert await analytics.top_tags(1, 3, 9) == [TagCount("a", 1), TagCount("c", 1)]
        assert await analytics.top_tags(0, TOP, 0) == []

    on(story)


@pytest.mark.parametrize("name", ["sqlite", "duckdb"])
def test_what_was_recorded_is_there_after_a_restart_and_a_closed_engine_refuses(name, tmp_path):
    async def story():
        first = opened(name, tmp_path)
        await first.record([Engagement(TOP, "post", 5)])
        await first.close()
        await first.close()
        with pytest.raises(Refused) as refused:
            await first.by_hour(0, TOP)
        again = opened(name, tmp_path)
        try:
            return refused.value.kind, await again.by_hour(0, TOP)
        finally:
            await again.close()

    assert asyncio.run(story()) == ("unavailable", [HourCount(0, "post", 1)])


tags = st.lists(st.sampled_from(("tea", "rain", "日本", "é")), max_size=3, unique=True).map(tuple)
engagement = st.builds(Engagement, st.integers(0, 9), st.sampled_from(KINDS), st.integers(0, 4 * HOUR_MS), tags)


@pytest.mark.parametrize("name", ["sqlite", "duckdb"])
@settings(deadline=None, max_examples=25)
@given(batches=st.lists(st.lists(engagement, max_size=5), max_size=4), since=st.integers(0, 3 * HOUR_MS))
def test_every_engine_answers_as_memory_does(name, batches, since):
    async def story():
        engine, memory = opened(name, None), MemoryAnalytics()
        try:
            for batch in batches:
                await engine.record(batch)
                await memory.record(batch)
            for tag in (None, "Tea", "日本"):
                assert await engine.by_hour(since, TOP, tag) == await memory.by_hour(since, TOP, tag)
            assert await engine.top_tags(since, TOP, 3) == await memory.top_tags(since, TOP, 3)
        finally:
            await engine.close()

    asyncio.run(story())
