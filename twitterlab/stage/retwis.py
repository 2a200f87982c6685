"""Side by side in one run: timelines in this process and a careful retwis on a real Valkey; per second of a core.

Three ways in this process: as the whole-Twitter load uses it; and *fair*, which carries the claim: every write in a
journal that is flushed before its acknowledgement, blocks, mutes and the reply rule applied to every page, and one
timeline in a hundred gone when its reader comes, to be rebuilt from the tweets.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from twitterlab.bench.plots import Line, Plot
from twitterlab.bench.report import Report
from twitterlab.bench.whole_population import WholePopulation, whole_population
from twitterlab.errors import BadInput
from twitterlab.model.figure import Figure, Target
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.platform import Platform
from twitterlab.stage.feed_package import on_stream_framework
from twitterlab.stage.retwis_clone import (
    Indexes,
    Rates,
    Workload,
    best,
    chunks,
    measured,
    on_valkey,
    thinned,
    workload_of,
)
from twitterlab.stage.whole_options import WholeOptions
from twitterlab.stage.whole_setup import texts
from twitterlab.storage.arrays.accounts import FIRST_ID, ID_STEP
from twitterlab.storage.arrays.filtered import FilteredBatches
from twitterlab.storage.arrays.rings import BUILT, FAST
from twitterlab.storage.arrays.state import ArrayState
from twitterlab.storage.arrays.timelines import ArrayTimelines
from twitterlab.storage.arrays.transpose import transposed
from twitterlab.storage.durable_arrays import create
from twitterlab.storage.stores import Stores, array_stores
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.live import LiveWorld

MEAN_FOLLOWS = 50
WARM, TWEETS, READS, ROUNDS = 5_000, 2_000, 30_000, 2
A_BATCH = 1_000
ONE_REPLY_IN, ONE_HIDES_IN, ONE_GONE_IN = 10, 5, 100
"""Of tweets, one replies; of people, one blocks or mutes three; of timelines read, one has to be rebuilt first."""
LEAST_TIMES, LEAST_TIMES_PACKAGE = 10, 100
MAX_USERS = 100_000


@dataclass(frozen=True, slots=True)
class Row:
    """One way to keep timelines."""

    name: str
    label: str
    rates: Rates


def run(
    blueprint: Blueprint, options: WholeOptions, package: Callable[[Workload], Rates | str] = on_stream_framework
) -> Report:
    """BadInput for too many people, and where there is no Valkey."""
    if not 100 <= options.users <= MAX_USERS:
        raise BadInput(f"cannot compare with {options.users} users", f"Give a number from 100 to {MAX_USERS:,}.")
    population = thinned(whole_population(options.users, options.seed), MEAN_FOLLOWS)
    workload = workload_of(population, TWEETS, READS, WARM)
    found: dict[str, list[Rates]] = {"retwis": [], "scripted": [], "plain": [], "fair": []}
    label = ""
    for number in range(ROUNDS):
        options.progress("retwis", (4 * number) / (4 * ROUNDS + 1))
        rates, label = on_valkey(workload, False)
        found["retwis"].append(rates)
        options.progress("retwis, its loop in the server", (4 * number + 1) / (4 * ROUNDS + 1))
        found["scripted"].append(on_valkey(workload, True)[0])
        for place, name in enumerate(("plain", "fair")):
            options.progress(f"this process, {name}", (4 * number + 2 + place) / (4 * ROUNDS + 1))
            found[name].append(here(blueprint, workload, options.seed, name == "fair"))
    options.progress("stream-framework", 4 * ROUNDS / (4 * ROUNDS + 1))
    packaged = package(workload)
    if isinstance(packaged, str):
        options.progress(f"no row of stream-framework: {packaged}", 1.0)
    rows = {name: best(rounds) for name, rounds in found.items()}
    return Report(
        0, options.users, population.follows, options.seed, {}, 4 * ROUNDS * (WARM + TWEETS + READS),
        _figures(rows, packaged, label), plots=_plots(rows, packaged), blames=MappingProxyType({}),
    )  # fmt: skip


def here(blueprint: Blueprint, workload: Workload, seed: int, is_fair: bool) -> Rates:
    """The same workload on the engine `arrays`, through the platform's batched calls."""
    state, timelines = _memory(workload.population)
    with tempfile.TemporaryDirectory(prefix="twitterlab-arrays-") as folder, asyncio.Runner() as runner:
        if is_fair:
            opened = create(Path(folder), state, timelines, "disk", FilteredBatches)
            stores = opened.stores
        else:
            stores = array_stores(state, timelines)
        drive = _Drive(blueprint, stores, seed, is_fair)
        if is_fair:
            runner.run(drive.hide(workload.population))
        try:
            return measured(
                workload,
                lambda authors: runner.run(drive.post(authors)),
                lambda readers: runner.run(drive.read(readers)),
                lambda: 0,
            )
        finally:
            runner.run(stores.close())


def _memory(population: WholePopulation) -> tuple[ArrayState, ArrayTimelines]:
    following = transposed(population.starts, population.others, population.users)
    state = ArrayState(population.users, (population.starts, population.others), following, tweet_room=1 << 15)
    timelines = ArrayTimelines(state.accounts, state.rows)
    timelines.rings.lines[:, 0] = BUILT | FAST
    return state, timelines


class _Drive:
    """Posts and reads a batch at a time."""

    def __init__(self, blueprint: Blueprint, stores: Stores, seed: int, is_fair: bool) -> None:
        self._platform = Platform(blueprint, LiveWorld(seed), stores, fake_redis(), limits={})
        self._is_fair = is_fair
        self._chance = np.random.Generator(np.random.PCG64((seed, 5)))
        self._posted: list[int] = []
        self._checksum = 0

    async def hide(self, population: WholePopulation) -> None:
        """One in so many people hides three: mutes two and blocks one of whom they may or may not follow."""
        for me in range(0, population.users, ONE_HIDES_IN):
            others = [int(other) for other in self._chance.integers(0, population.users, 3) if other != me]
            for place, other in enumerate(others):
                relations = self._platform.stores.relations
                await (relations.mute if place else relations.block)(_id(me), _id(other))

    async def post(self, authors: Indexes) -> None:
        """Acknowledged, and delivered to every follower."""
        pool = texts()
        for some in chunks(authors, A_BATCH):
            said = [pool[number % len(pool)] for number in range(len(some))]
            ids = FIRST_ID + ID_STEP * some
            self._posted += await self._platform.client.post_many(ids.tolist(), said, self._replies(len(some)))
            while await self._platform.step():
                continue

    def _replies(self, count: int) -> list[int]:
        """To whom a batch replies: one in so many to a tweet of the batches before."""
        if not self._is_fair or not self._posted:
            return []
        relevant = self._posted[-A_BATCH:]
        chosen = self._chance.integers(0, len(relevant), count).tolist()
        return [relevant[place] if number % ONE_REPLY_IN == 0 else 0 for number, place in enumerate(chosen)]

    async def read(self, readers: Indexes) -> int:
        """Every byte of every page is touched; tweets that a filter left on the pages."""
        tweets = 0
        for some in chunks(readers, A_BATCH):
            ids = FIRST_ID + ID_STEP * some
            if self._is_fair:
                await self._platform.stores.timelines.forget(ids[::ONE_GONE_IN].tolist())
            pages = await self._platform.client.home_pages(ids)
            self._checksum ^= int(np.bitwise_xor.reduce(pages.tweets.view(np.uint64), axis=None))
            tweets += int(np.count_nonzero(pages.tweets["created_ms"]))
        return tweets


def _id(index: int) -> int:
    return FIRST_ID + ID_STEP * index


def _figures(rows: dict[str, Rates], packaged: Rates | str, valkey: str) -> tuple[Figure, ...]:
    retwis, scripted, plain, fair = (rows[name] for name in ("retwis", "scripted", "plain", "fair"))
    read = replace(retwis, reads_per_core_s=max(retwis.reads_per_core_s, scripted.reads_per_core_s))
    ten = Target(">=", LEAST_TIMES)
    fairly = "journal flushed before the answer, blocks, mutes, reply rule, 1 timeline in 100 rebuilt"

    def figure(name: str, unit: str, value: float, engine: str, target: Target | None = None, note: str = "") -> Figure:
        return Figure(name, unit, value, "live", engine, target, note)

    def rates(name: str, engine: str, of: Rates, note: str) -> tuple[Figure, ...]:
        return (
            figure(f"{name}_deliveries_per_core_s", "deliveries/s", of.deliveries_per_core_s, engine, note=note),
            figure(f"{name}_reads_per_core_s", "reads/s", of.reads_per_core_s, engine, note=f"{of.tweets_a_page:.1f} tweets a page"),
        )  # fmt: skip

    found = (
        figure("fair_deliveries_times", "times", fair.deliveries_per_core_s / retwis.deliveries_per_core_s, "arrays", ten, f"of retwis; {fairly}"),
        figure("fair_reads_times", "times", fair.reads_per_core_s / read.reads_per_core_s, "arrays", ten, f"of retwis; {fairly}"),
        figure("plain_deliveries_times", "times", plain.deliveries_per_core_s / retwis.deliveries_per_core_s, "arrays", ten, "of retwis"),
        figure("plain_reads_times", "times", plain.reads_per_core_s / read.reads_per_core_s, "arrays", ten, "of retwis"),
        figure("fair_deliveries_times_scripted", "times", fair.deliveries_per_core_s / scripted.deliveries_per_core_s, "arrays", note="of retwis with its loop in the server"),
        *rates("retwis", valkey, retwis, "ZADD and a trim a follower, pipelines of 500; client and server"),
        *rates("scripted", valkey, scripted, "the same as a Lua loop in the server"),
        *rates("plain", "arrays", plain, "as the whole-Twitter load"),
        *rates("fair", "arrays", fair, fairly),
    )  # fmt: skip
    if isinstance(packaged, str):
        return found
    least = Target(">=", LEAST_TIMES_PACKAGE)
    return (
        *found,
        figure("package_deliveries_times", "times", plain.deliveries_per_core_s / packaged.deliveries_per_core_s, "arrays", least, "of stream-framework"),
        figure("package_reads_times", "times", plain.reads_per_core_s / packaged.reads_per_core_s, "arrays", least, "of stream-framework"),
        *rates("stream_framework", valkey, packaged, "stream-framework 1.4 with redis-py 2; client and server"),
    )  # fmt: skip


def _plots(rows: dict[str, Rates], packaged: Rates | str) -> tuple[Plot, ...]:
    note = packaged if isinstance(packaged, str) else ""
    every = [Row(name, name, rates) for name, rates in rows.items()]
    if not isinstance(packaged, str):
        every.append(Row("stream-framework", "stream-framework", packaged))

    def bars(title: str, unit: str, of: Callable[[Rates], float]) -> Plot:
        return Plot(title, "", unit, tuple(Line(row.label, (0.0,), (of(row.rates),)) for row in every), "bar", log_y=True, note=note)  # fmt: skip

    return (
        bars("Deliveries a second of a core", "deliveries/s", lambda rates: rates.deliveries_per_core_s),
        bars("Home pages a second of a core", "pages/s", lambda rates: rates.reads_per_core_s),
    )
