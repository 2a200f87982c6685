"""Pull, push or cached: what does a home read cost as a person follows more people?

Pull asks the database for the newest tweets of everybody followed; push reads a timeline that was written when the
tweets were; cached reads what an earlier pull left behind. What is measured is reported, whoever wins.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path
from typing import Any

from twitterlab.bench.finding import Finding
from twitterlab.bench.plots import Line, Plot
from twitterlab.model.figure import Figure
from twitterlab.parts.cache import Cache, Entry, Kind
from twitterlab.parts.given import Chance, Clock
from twitterlab.parts.schema import Schema
from twitterlab.stage.experiments.crowd import (
    FOLLOWEES,
    NEWEST,
    PAGE,
    READERS,
    crossover,
    fill,
    median_ms,
    redis_at_hand,
    tweet_ids,
)  # fmt: skip
from twitterlab.storage.stores import open_stores
from twitterlab.storage.timelines.memory import CAPACITY
from twitterlab.storage.timelines.redis import RedisTimelines
from twitterlab.world.chance import SeededChance
from twitterlab.world.live import LiveClock

READS = 25
READS_WITHOUT = 7
PATIENCE_S = 30.0
SHOWN = 100
"""The number of followees that the figures are given for; the plot has them all."""
MakeCache = Callable[[Any, Clock, Chance], Cache]


@dataclass(slots=True)
class _Costs:
    """Median milliseconds a read, one for every number of followees."""

    pull: list[float] = field(default_factory=list)
    push: list[float] = field(default_factory=list)
    cached: list[float] = field(default_factory=list)
    scan: list[float] = field(default_factory=list)
    fanout: float = 0.0


def run(make: MakeCache, schema: Schema, without: Schema, folder: Path, seed: int) -> Finding:
    """The three ways through the same ports as the platform, and pull on a schema without indexes."""
    fill(schema, folder / "with")
    fill(without, folder / "without")
    with redis_at_hand() as (redis, server):
        costs = asyncio.run(asyncio.wait_for(_measure(make, schema, without, folder, redis, seed), PATIENCE_S))
    at = FOLLOWEES.index(SHOWN)
    over_push, over_cache = (crossover(FOLLOWEES, costs.pull, other) for other in (costs.push, costs.cached))
    place = f"at {SHOWN} followees, median of {READS}"

    def figure(name: str, unit: str, value: float, engine: str, note: str) -> Figure:
        return Figure(name, unit, value, "live", engine, note=note)

    return Finding(
        "From how many followees on is a timeline that was written ahead cheaper to read than a query?",
        ("from 1", "from about 10", "from about 100", "from about 1,000", "never"),
        None,
        f"{_where('Push', over_push)}; {_where('a cached page', over_cache)}. At {SHOWN:,} followees a read costs "
        f"{costs.pull[at]:.2f} ms by pull, {costs.push[at]:.2f} by push, {costs.cached[at]:.2f} cached; "
        f"push has paid {costs.fanout:.2f} ms for every tweet to {SHOWN:,} followers.",
        (
            figure("pull_home_ms", "ms", costs.pull[at], "sqlite", place),
            figure("pull_home_ms_without", "ms", costs.scan[at], "sqlite", f"at {SHOWN} followees, median of {READS_WITHOUT}, schema without indexes"),
            figure("push_home_ms", "ms", costs.push[at], server, place),
            figure("cached_home_ms", "ms", costs.cached[at], server, place),
            figure("push_write_ms", "ms", costs.fanout, server, f"one tweet to {SHOWN} followers"),
            figure("pull_push_crossover", "followees", over_push, f"sqlite+{server}", _note(over_push)),
            figure("pull_cached_crossover", "followees", over_cache, f"sqlite+{server}", _note(over_cache)),
        ),
        (
            Plot(
                "A home read by the number of followees", "followees", "ms (median)",
                (
                    Line("pull", FOLLOWEES, tuple(costs.pull)), Line("push", FOLLOWEES, tuple(costs.push)),
                    Line("cached", FOLLOWEES, tuple(costs.cached)),
                    Line("pull without indexes", FOLLOWEES, tuple(costs.scan)),
                ),
                log_x=True, log_y=True,
                note=f"SQLite in the process against {server}. A read that leaves the process pays a round trip, "
                "so a small pull may well be the cheapest.",
            ),
        ),
    )  # fmt: skip


async def _measure(make: MakeCache, schema: Schema, without: Schema, folder: Path, redis: Any, seed: int) -> _Costs:
    indexed = open_stores("sqlite", folder / "with", schema)
    heaped = open_stores("sqlite", folder / "without", without)
    cache, timelines = make(redis, LiveClock(), SeededChance(seed, "home reads")), RedisTimelines(redis)
    costs = _Costs()
    try:
        for count in FOLLOWEES:
            reader, ids = READERS + count, tweet_ids(count)[:CAPACITY]
            await timelines.fill(reader, ids, is_whole=len(ids) < CAPACITY)
            entry = Entry(Kind.HOME, reader)

            async def load(ids: list[int] = ids) -> list[bytes]:
                return [str(id_).encode() for id_ in ids]

            costs.pull.append(await median_ms(lambda r=reader: indexed.tweets.home(r, NEWEST, PAGE), READS))  # type: ignore[misc]
            costs.push.append(await median_ms(lambda r=reader: timelines.page(r, NEWEST, PAGE), READS))  # type: ignore[misc]
            costs.cached.append(await median_ms(lambda e=entry, source=load: cache.get(e, source, PAGE), READS))  # type: ignore[misc]
            costs.scan.append(await median_ms(lambda r=reader: heaped.tweets.home(r, NEWEST, PAGE), READS_WITHOUT))  # type: ignore[misc]
        followers = list(range(1, SHOWN + 1))
        costs.fanout = await median_ms(lambda: timelines.push(followers, NEWEST - 1), READS_WITHOUT)
    finally:
        await indexed.close()
        await heaped.close()
        await redis.aclose()
    return costs


def _where(way: str, followees: float) -> str:
    if isnan(followees):
        return f"{way} never beat pull here"
    return f"{way} beat pull from {followees:,.0f} followees on"


def _note(followees: float) -> str:
    return (
        f"pull was as fast up to {FOLLOWEES[-1]:,} followees" if isnan(followees) else "where the curves cross for good"
    )
