"""The whole-Twitter load: 300,000 home reads a second beside 6,000 tweets a second, in this process.

What runs: `Platform` on the engine `arrays`, with the part `snowflake` for every tweet and the part `meter` for every
batch. Timelines are materialised, so that the cache is its null part; a batch of tweets is one event, handed on by the
null queue. One thread runs the event loop (posting, fan-out, the driver and its readers), others gather pages.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

from twitterlab.bench.population import read_graph
from twitterlab.bench.report import Report
from twitterlab.bench.whole_population import population_of
from twitterlab.bench.whole_twitter import Outcome, WholeTwitterDrive
from twitterlab.errors import BadInput
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.platform import Platform
from twitterlab.stage.whole_figures import Measured, figures_of, plots_of
from twitterlab.stage.whole_options import MAX_SECONDS, WholeOptions
from twitterlab.stage.whole_plan import plan_of
from twitterlab.stage.whole_setup import Whole, settle
from twitterlab.storage.stores import array_stores
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.live import LiveWorld, cpu_ns, stopwatch_ns
from twitterlab.world.trace import Trace

SINGLE_S = 1.0
"""How long single calls are timed, after the load, one after the other."""
SWITCH_S = 0.000_1
"""How long a thread may keep the interpreter from another; Python's own 5 ms are longer than a batch of reads."""


def run(blueprint: Blueprint, options: WholeOptions) -> Report:
    """The whole load. BadInput for options that cannot be run."""
    if not 0 < options.seconds <= MAX_SECONDS:
        raise BadInput(f"cannot run for {options.seconds:g} seconds", f"Give a number above 0, up to {MAX_SECONDS}.")
    started_ns = stopwatch_ns()
    known = None
    if options.graph is not None:
        known = population_of(read_graph(options.graph, options.directed), options.seed)
    whole = settle(options.users, options.seed, options.progress, known)
    setup_s = (stopwatch_ns() - started_ns) / 1e9
    measured = asyncio.run(_live(blueprint, options, whole, setup_s))
    figures = figures_of(measured)
    return Report(
        0, whole.population.users, whole.follows, options.seed, {}, measured.outcome.reads + measured.outcome.posts, figures,
        measured.trace, plots_of(measured), MappingProxyType({}),
    )  # fmt: skip


async def _live(blueprint: Blueprint, options: WholeOptions, whole: Whole, setup_s: float) -> Measured:
    plan = plan_of(whole.population, options.seconds, options.reads_per_s, options.posts_per_s, 0, options.is_day)
    warm = plan_of(whole.population, 1.0, options.reads_per_s // 4, options.posts_per_s // 4, stream=50)
    trace = Trace()
    world = LiveWorld(options.seed, trace)
    stores = array_stores(whole.state, whole.timelines)
    interval = sys.getswitchinterval()
    with ThreadPoolExecutor(options.gatherers, "gather") as gatherers:
        platform = Platform(blueprint, world, stores, fake_redis(), readers=gatherers)
        stop = asyncio.Event()
        worker = asyncio.ensure_future(platform.run(stop))
        sys.setswitchinterval(SWITCH_S)
        gc.collect()
        gc.freeze()
        gc.disable()
        try:
            await _drive(platform, world, whole, options).run(warm, options.gatherers + 1, lambda share: None)
            delivered, before_ns = platform.fanout.delivered, cpu_ns()
            outcome: Outcome = await _drive(platform, world, whole, options).run(
                plan, options.gatherers + 1, lambda share: options.progress("reading and posting", 0.5 + 0.45 * share)
            )
            cpu_s = (cpu_ns() - before_ns) / 1e9
            delivered = platform.fanout.delivered - delivered
            lost, looked_at = whole.lost()
            singles = await _singles(platform, whole)
        finally:
            sys.setswitchinterval(interval)
            gc.enable()
            gc.unfreeze()
            stop.set()
            await worker
    return Measured(outcome, whole, setup_s, cpu_s, delivered, lost, looked_at, singles, options, trace)


def _drive(platform: Platform, world: LiveWorld, whole: Whole, options: WholeOptions) -> WholeTwitterDrive:
    async def follower_of(author_id: int) -> int | None:
        above = author_id % (1 << 20) + (1 << 50)  # somewhere in the list
        for found in await platform.stores.follows.followers(author_id, above, 1):
            return found
        return None

    return WholeTwitterDrive(platform.client, world.clock, world.stopwatch_ns, follower_of)


async def _singles(platform: Platform, whole: Whole) -> tuple[float, float]:
    """Single home pages and single tweets a second, one after the other."""
    rates = []
    people = whole.ids(whole.population.people(20_000, stream=99)).tolist()
    for call in (lambda me: platform.client.home(me), lambda me: platform.client.post(me, "one by one, as people do")):
        started_ns, done = stopwatch_ns(), 0
        while stopwatch_ns() - started_ns < SINGLE_S * 1e9:
            await call(people[done % len(people)])
            done += 1
            if done % 100 == 0:
                await asyncio.sleep(0)
        rates.append(done / ((stopwatch_ns() - started_ns) / 1e9))
    return rates[0], rates[1]
