"""The record second on the engine `arrays`: 143,199 tweets a second for five seconds, on top of the home reads.

Twitter's record is of 3 August 2013, 07:21:50 PDT ("New Tweets per second record, and how!", Twitter Engineering, 16
August 2013). What is acknowledged waits in the queue, a batch an event, and one worker works it off; nothing may be lost.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from twitterlab.bench.plots import Line, Plot
from twitterlab.bench.record_second import Backlog, Batch, Burst, RecordSecondDrive
from twitterlab.bench.report import Report
from twitterlab.errors import BadInput
from twitterlab.model.figure import Figure, Target
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.queue import QueuePolicy
from twitterlab.platform.platform import Platform
from twitterlab.stage.whole_options import WholeOptions
from twitterlab.stage.whole_plan import READ_TICK_NS, plan_of
from twitterlab.stage.whole_setup import Whole, settle
from twitterlab.stage.whole_twitter import SWITCH_S
from twitterlab.storage.arrays.batches import ArrayBatches
from twitterlab.storage.arrays.tweet_rows import LIVE
from twitterlab.storage.stores import Stores, array_stores
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.live import LiveWorld, cpu_ns

RECORD_PER_S, READS_PER_S = 143_199, 300_000
OFFERED_PER_S = 146_000
"""Two in a hundred above, as in the whole-Twitter load: who keeps up is not rounded below the record."""
LEAD_S, BURST_S, PATIENCE_S = 2.0, 5.0, 60.0
MAX_BURST_S = 30.0
READ_PLAN_S = 4.0
TWEETS_A_BATCH = 800
"""Their fan-out takes as long as a reader may have to wait for a turn: about ten milliseconds."""
ONE_BATCH = QueuePolicy(batch=1)
"""A batch of tweets is an event; after each the loop serves whoever waits."""
LOOKED_AT = 4_000


@dataclass(frozen=True, slots=True)
class Kept:
    """What was found afterwards: tweets that are not there, and deliveries of a sample that no timeline holds."""

    missing: int
    lost: int
    looked_at: int
    hidden: int


def run(blueprint: Blueprint, options: WholeOptions) -> Report:
    """The burst of `options.seconds`. BadInput for one that cannot be run."""
    if not 0.1 <= options.seconds <= MAX_BURST_S:
        raise BadInput(f"cannot burst for {options.seconds:g} seconds", f"Give a number from 0.1 to {MAX_BURST_S:g}.")
    whole = settle(options.users, options.seed, options.progress)
    burst, kept, delivered, cpu_s = asyncio.run(_live(blueprint, options, whole))
    return Report(
        0, options.users, whole.follows, options.seed, {}, burst.reads + len(burst.ids),
        _figures(options, burst, kept, delivered, cpu_s), plots=_plots(burst), blames=MappingProxyType({}),
    )  # fmt: skip


async def _live(blueprint: Blueprint, options: WholeOptions, whole: Whole) -> tuple[Burst, Kept, int, float]:
    batches, world = batches_of(whole, options), LiveWorld(options.seed)
    readers = plan_of(whole.population, READ_PLAN_S, options.reads_per_s, 1, stream=7).readers
    stores = array_stores(whole.state, whole.timelines)
    interval = sys.getswitchinterval()
    with ThreadPoolExecutor(options.gatherers, "gather") as gatherers, ThreadPoolExecutor(1, "eyes") as eyes:
        platform = Platform(blueprint, world, stores, fake_redis(), ONE_BATCH, limits={}, readers=gatherers)
        stop = asyncio.Event()
        worker = asyncio.ensure_future(platform.run(stop))
        sys.setswitchinterval(SWITCH_S)
        gc.collect()
        gc.freeze()
        try:
            options.progress("the record", 0.6)
            before_ns = cpu_ns()
            drive = _drive(platform, world, stores, whole)
            burst = await drive.run(batches, readers, READ_TICK_NS, eyes, PATIENCE_S)
            cpu_s = (cpu_ns() - before_ns) / 1e9
            await platform.drain()
        finally:
            sys.setswitchinterval(interval)
            gc.unfreeze()
            stop.set()
            await worker
        options.progress("looking for every tweet", 0.95)
        return burst, await _kept(platform, whole, burst), platform.fanout.delivered, cpu_s


def batches_of(whole: Whole, options: WholeOptions) -> list[Batch]:
    """The usual rate, the burst, and the usual rate again for as long as we wait for the end of the backlog."""
    batches: list[Batch] = []
    due_ns = 0
    for stream, (seconds, rate, is_burst) in enumerate(
        ((LEAD_S, options.posts_per_s, False), (options.seconds, OFFERED_PER_S, True), (PATIENCE_S, options.posts_per_s, False)),
        11,
    ):  # fmt: skip
        plan = plan_of(whole.population, seconds, 1, rate, stream=stream)
        for authors, texts in zip(plan.authors, plan.texts, strict=True):
            parts = -(-len(texts) // TWEETS_A_BATCH)
            for part in range(parts):
                mine = slice(part * len(texts) // parts, (part + 1) * len(texts) // parts)
                batches.append(Batch(due_ns, authors[mine].tolist(), texts[mine], is_burst))
                due_ns += plan.post_tick_ns // parts
    return batches


def _drive(platform: Platform, world: LiveWorld, stores: Stores, whole: Whole) -> RecordSecondDrive:
    queued = stores.batches
    assert isinstance(queued, ArrayBatches)

    def backlog() -> Backlog:
        return Backlog(
            sum(tweets for _, tweets in queued.waiting.values()), sum(len(followers) for _, followers in queued.large)
        )

    def is_reached(tweet_id: int) -> bool:
        row = whole.state.rows.row(tweet_id)
        return all(first > row for first, _ in queued.waiting.values()) and all(of > row for of, _ in queued.large)

    return RecordSecondDrive(platform.client, world.clock, world.stopwatch_ns, backlog, is_reached)


async def _kept(platform: Platform, whole: Whole, burst: Burst) -> Kept:
    """Every acknowledged tweet is counted; of a sample every follower's timeline is looked at, and the author's page."""
    rows = whole.state.rows
    ids = np.sort(np.array(burst.ids, np.int64))
    places = np.minimum(np.searchsorted(rows.keys[: rows.count], ids), rows.count - 1)
    is_there = (rows.records["id"][places] == ids) & (rows.records["flags"][places] & LIVE != 0)
    twice = len(ids) - len(np.unique(ids))
    lost, due = whole.lost()
    step = max(1, len(ids) // LOOKED_AT)
    hidden = 0
    for tweet_id in ids[::step].tolist():
        author_id = int(rows.records["author_id"][rows.row(tweet_id)])
        page = await platform.stores.tweets.by_author(author_id, tweet_id + 1, 1)
        hidden += page != [tweet_id]
    return Kept(int((~is_there).sum()) + twice, lost, due, hidden)


def _figures(options: WholeOptions, burst: Burst, kept: Kept, delivered: int, cpu_s: float) -> tuple[Figure, ...]:
    acknowledged_s = burst.burst_acknowledged_s - burst.burst_began_s
    peak = max(burst.samples, key=lambda sample: sample.backlog.tweets).backlog
    offered = f"{OFFERED_PER_S:,} tweets/s offered for {options.seconds:g} s beside {options.reads_per_s:,} reads/s"

    def figure(name: str, unit: str, value: float, target: Target | None = None, note: str = "") -> Figure:
        return Figure(name, unit, value, "live", "arrays", target, note)

    return (
        figure("burst_posts_per_s", "posts/s", burst.burst_offered / acknowledged_s, Target(">=", RECORD_PER_S), offered),
        figure("lost_tweets", "tweets", kept.missing, Target("==", 0), f"of {len(burst.ids):,} acknowledged"),
        figure("unanswered_posts", "tweets", burst.offered - len(burst.ids), Target("==", 0), f"of {burst.offered:,}"),
        figure("lost_deliveries", "deliveries", kept.lost, Target("==", 0), f"of {kept.looked_at:,} looked up"),
        figure("hidden_tweets", "tweets", kept.hidden, Target("==", 0), "not on their author's page, of a sample"),
        figure("drain_s", "s", burst.drained_s - burst.burst_ended_s, Target("<", PATIENCE_S), "from the burst's end until every follower has it"),
        figure("backlog_peak_tweets", "tweets", peak.tweets, note="acknowledged, not fanned out"),
        figure("backlog_peak_large", "deliveries", max(s.backlog.deliveries for s in burst.samples), note="of huge accounts, put aside"),
        figure("post_ms_p99", "ms", burst.post_waits.quantile_ms(0.99), note="from the intended tick to the acknowledgement"),
        figure("home_reads_per_s", "reads/s", burst.reads / burst.took_s, Target(">=", READS_PER_S), "service call home_pages, throughout"),
        figure("home_read_ms_p99", "ms", burst.read_waits.quantile_ms(0.99), note="from the intended tick"),
        figure("deliveries_per_s", "deliveries/s", delivered / burst.took_s, note="throughout"),
        figure("cores_used", "cores", cpu_s / burst.took_s, note="of 2; driver and readers included"),
    )  # fmt: skip


def _plots(burst: Burst) -> tuple[Plot, ...]:
    at = tuple(sample.at_s for sample in burst.samples)
    waiting = (
        Line("acknowledged, not fanned out", at, tuple(float(sample.backlog.tweets) for sample in burst.samples)),
        Line("due, not acknowledged", at, tuple(float(sample.unanswered) for sample in burst.samples)),
    )
    aside = (Line("deliveries put aside", at, tuple(float(sample.backlog.deliveries) for sample in burst.samples)),)
    note = f"The burst lasts from second {burst.burst_began_s:g} to {burst.burst_ended_s:g}."
    return (
        Plot("The backlog of the record second", "second", "tweets", waiting, note=note),
        Plot("Deliveries of huge accounts, behind everybody else's", "second", "deliveries", aside, note=note),
    )
