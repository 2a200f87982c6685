"""Down and up again: how long a snapshot takes to write and to load, and what of a day's tweets a journal gives back.

The population is saved, people post into the journal, some of it is delivered and some not; then the process's memory is
forgotten, and the folder opened as after a crash. `kill -9` itself is in the tests; here it is about how long and how much.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from twitterlab.bench.report import Report
from twitterlab.model.figure import Figure, Target
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.platform import Platform
from twitterlab.stage.whole_options import WholeOptions
from twitterlab.stage.whole_setup import Whole, settle, texts
from twitterlab.storage.arrays import snapshot
from twitterlab.storage.durable_arrays import DurableArrays, create
from twitterlab.storage.stores import Stores, array_stores
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.live import LiveWorld, cpu_ns, stopwatch_ns

BATCHES, A_BATCH = 100, 500
UNDELIVERED = 10
"""Batches that nobody has been told of when the process ends."""
WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds of each step, bytes on the disk, and processor nanoseconds of posting one tweet."""

    save_s: float
    load_s: float
    reopen_s: float
    snapshot_bytes: int
    journal_bytes: int
    kept_ns: float
    unkept_ns: float


@dataclass(frozen=True, slots=True)
class Found:
    """After the restart: tweets acknowledged, tweets that are not there, deliveries that no timeline holds, and due."""

    posted: int
    lost: int
    lost_deliveries: int
    due: int


def run(blueprint: Blueprint, options: WholeOptions) -> Report:
    """BadInput for a number of users that cannot be made."""
    with tempfile.TemporaryDirectory(prefix="twitterlab-restart-") as folder, asyncio.Runner() as runner:
        timed, found, follows = runner.run(_down_and_up(blueprint, options, Path(folder)))
    return Report(
        0, options.users, follows, options.seed, {}, 2 * found.posted, _figures(timed, found), blames=MappingProxyType({}),
    )  # fmt: skip


async def _down_and_up(blueprint: Blueprint, options: WholeOptions, folder: Path) -> tuple[Timed, Found, int]:
    whole = settle(options.users, options.seed, options.progress)
    authors = [whole.ids(whole.population.people(A_BATCH, 300 + number)).tolist() for number in range(BATCHES)]
    options.progress("saving", 0.5)
    started_ns = stopwatch_ns()
    opened = create(folder, whole.state, whole.timelines, "process")
    opened_ns = stopwatch_ns() - started_ns
    first_row, follows = opened.state.rows.count, whole.follows
    options.progress("posting", 0.7)
    unkept = array_stores(whole.state, whole.timelines)
    await _post(blueprint, unkept, options.seed, authors[: BATCHES // 4], 0)  # warm
    unkept_ns, _ = await _post(blueprint, unkept, options.seed, authors, 0)
    population = whole.population
    del whole, unkept
    gc.collect()
    kept_ns, ids = await _post(blueprint, opened.stores, options.seed, authors, UNDELIVERED)
    journal_bytes = opened.journal.bytes
    await opened.close()
    del opened
    gc.collect()
    options.progress("up again", 0.8)
    started_ns = stopwatch_ns()
    snapshot.load(folder)
    load_ns = stopwatch_ns() - started_ns
    gc.collect()
    started_ns = stopwatch_ns()
    again = DurableArrays(folder, "process")
    reopen_ns = stopwatch_ns() - started_ns
    options.progress("looking for every tweet", 0.9)
    await _deliver(blueprint, again.stores, options.seed)
    rows = again.state.rows
    places = np.minimum(np.searchsorted(rows.keys[: rows.count], ids), rows.count - 1)
    lost, due = Whole(population, again.state, again.timelines, first_row).lost()
    found = Found(len(ids), int((rows.keys[places] != ids).sum()), lost, due)
    size = _size(folder)
    await again.close()
    timed = Timed(
        (opened_ns - load_ns) / 1e9, load_ns / 1e9, reopen_ns / 1e9, size, journal_bytes, kept_ns, unkept_ns,
    )  # fmt: skip
    return timed, found, follows


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.npy"))


async def _post(
    blueprint: Blueprint, stores: Stores, seed: int, authors: list[list[int]], undelivered: int
) -> tuple[float, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Processor nanoseconds a tweet, its deliveries not counted; and the ids, ascending."""
    platform = Platform(blueprint, LiveWorld(seed), stores, fake_redis(), limits={})
    pool, ids, spent_ns = texts(), [], 0
    for number, some in enumerate(authors):
        before_ns = cpu_ns()
        ids += await platform.client.post_many(some, pool[:A_BATCH])
        spent_ns += cpu_ns() - before_ns
        if number < len(authors) - undelivered:
            await _drained(platform)
    return spent_ns / len(ids), np.sort(np.array(ids, np.int64))


async def _deliver(blueprint: Blueprint, stores: Stores, seed: int) -> None:
    """What the outbox still has."""
    await _drained(Platform(blueprint, LiveWorld(seed), stores, fake_redis(), limits={}))


async def _drained(platform: Platform) -> None:
    moved = 1
    while moved:
        moved = await platform.step()


def _figures(timed: Timed, found: Found) -> tuple[Figure, ...]:
    def figure(name: str, unit: str, value: float, target: Target | None = None, note: str = "") -> Figure:
        return Figure(name, unit, value, "live", "arrays", target, note)

    replayed_s = max(timed.reopen_s - timed.load_s, 1e-9)
    return (
        figure("lost_tweets", "tweets", found.lost, Target("==", 0), f"of {found.posted:,} acknowledged"),
        figure("lost_deliveries", "deliveries", found.lost_deliveries, Target("==", 0), f"of {found.due:,} looked up"),
        figure("reopen_s", "s", timed.reopen_s, Target("<", WITHIN_S), "snapshot loaded, journal read"),
        figure("load_s", "s", timed.load_s, Target("<", WITHIN_S), "the snapshot alone, as far as the system has it in memory"),
        figure("save_s", "s", timed.save_s, None, "flushed; less the loading that follows"),
        figure("snapshot_gib", "GiB", timed.snapshot_bytes / 2**30),
        figure("journal_bytes_a_tweet", "B", timed.journal_bytes / found.posted, None, "deliveries included"),
        figure("replayed_tweets_per_s", "tweets/s", found.posted / replayed_s, None, "delivered again as they were"),
        figure("journal_cost", "times", timed.kept_ns / timed.unkept_ns, None, "processor time of posting with a journal, against without"),
    )  # fmt: skip
