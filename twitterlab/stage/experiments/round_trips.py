"""One read a followee, or one for all: what does it cost to ask N times? (The N+1 problem.)"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twitterlab.bench.finding import Finding
from twitterlab.bench.plots import Line, Plot
from twitterlab.model.figure import Figure
from twitterlab.parts.schema import Schema
from twitterlab.stage.experiments.crowd import FOLLOWEES, NEWEST, PAGE, READERS, fill, median_ms, redis_at_hand
from twitterlab.storage.stores import open_stores

COUNTS = FOLLOWEES[:-1]
READS = 5
SHOWN = 100
WAYS = ("query by query", "one query", "command by command", "one pipeline")


def run(schema: Schema, folder: Path, seed: int) -> Finding:
    """The newest page of each of N people: from SQLite by the schema part, and from lists in Redis."""
    fill(schema, folder)
    with redis_at_hand() as (redis, server):
        costs = asyncio.run(_measure(schema, folder, redis))
    at = COUNTS.index(SHOWN)
    queries, query, commands, pipeline = (costs[way][at] for way in WAYS)

    def figure(name: str, value: float, engine: str, note: str) -> Figure:
        return Figure(name, "ms", value, "live", engine, note=f"{note}, {SHOWN} followees")

    return Finding(
        f"A page from {SHOWN} people: how much slower is it to ask for each than for all at once?",
        ("not at all", "about twice", "several times"),
        2,
        f"{server}: {commands:.2f} ms command by command, {pipeline:.2f} ms in one pipeline "
        f"({commands / pipeline:.0f} times). SQLite: {queries:.2f} ms query by query, {query:.2f} ms in one "
        f"({queries / query:.0f} times).",
        (
            figure("one_by_one_ms", commands, server, "a command a followee"),
            figure("pipeline_ms", pipeline, server, "one pipeline"),
            figure("query_by_query_ms", queries, "sqlite", "a query a followee"),
            figure("one_query_ms", query, "sqlite", "one query"),
        ),
        (
            Plot(
                "Asking N times against asking once", "followees", "ms (median)",
                tuple(Line(way, COUNTS, tuple(costs[way])) for way in WAYS),
                log_x=True, log_y=True,
                note="What is saved is the way there and back, so it shows most where there is a network between.",
            ),
        ),
    )  # fmt: skip


async def _measure(schema: Schema, folder: Path, redis: Any) -> dict[str, list[float]]:
    stores = open_stores("sqlite", folder, schema)
    costs: dict[str, list[float]] = {way: [] for way in WAYS}
    try:
        async with redis.pipeline(transaction=False) as pipe:
            for author in range(1, COUNTS[-1] + 1):
                pipe.rpush(f"author:{author}", *range(PAGE))
            await pipe.execute()
        for count in COUNTS:
            for way, read in _ways(stores.tweets, redis, count).items():
                costs[way].append(await median_ms(read, READS))
    finally:
        await stores.close()
        await redis.aclose()
    return costs


def _ways(tweets: Any, redis: Any, count: int) -> dict[str, Callable[[], Any]]:
    """The four reads for one number of followees."""

    async def query_by_query() -> None:
        for author in range(1, count + 1):
            await tweets.by_author(author, NEWEST, PAGE)

    async def one_query() -> None:
        await tweets.home(READERS + count, NEWEST, PAGE)

    async def command_by_command() -> None:
        for author in range(1, count + 1):
            await redis.lrange(f"author:{author}", 0, PAGE - 1)

    async def one_pipeline() -> None:
        async with redis.pipeline(transaction=False) as pipe:
            for author in range(1, count + 1):
                pipe.lrange(f"author:{author}", 0, PAGE - 1)
            await pipe.execute()

    return dict(zip(WAYS, (query_by_query, one_query, command_by_command, one_pipeline), strict=True))
