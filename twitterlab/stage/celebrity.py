"""A tweet to a million followers: pushed to all of them, or pulled by each; and who has to wait for it meanwhile.

A tweet is visible when the last of its followers sees it on their page. Pushing takes a time that grows with the
followers, pulling does not; what pulling costs is a merge in every read. While the million are served somebody with few
followers posts: behind the million, or as here past them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from twitterlab.bench.plots import Line, Plot
from twitterlab.bench.report import Report
from twitterlab.bench.whole_population import WholePopulation, whole_population
from twitterlab.errors import BadInput
from twitterlab.model.figure import Figure, Target
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.queue import QueuePolicy
from twitterlab.platform.platform import Platform
from twitterlab.stage.whole_options import WholeOptions
from twitterlab.stage.whole_setup import texts
from twitterlab.storage.arrays.accounts import FIRST_ID, ID_STEP
from twitterlab.storage.arrays.batches import SLICE, ArrayBatches
from twitterlab.storage.arrays.hybrid import HybridBatches, HybridTimelines
from twitterlab.storage.arrays.rings import BUILT, FAST
from twitterlab.storage.arrays.state import ArrayState
from twitterlab.storage.arrays.transpose import transposed
from twitterlab.storage.stores import array_stores
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.live import LiveWorld, cpu_ns, stopwatch_ns

SHARES = (1_000, 100, 10, 1)
"""A celebrity each with a thousandth, a hundredth, a tenth and all of the largest one's followers."""
LARGEST = 1_000_000
ROUNDS = 5
HISTORY_BATCHES, A_BATCH = 150, 2_000
SMALL_TWEETS = 40
READERS, READ_BATCHES = 1_000, 40
FLAT_TIMES = 5.0
"""A thousand times the followers may cost pull so much more; push costs it hundreds of times more."""
Indexes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Town:
    """A population with celebrities in it, who have `followers`; and a platform over it."""

    population: WholePopulation
    celebrities: tuple[int, ...]
    followers: tuple[int, ...]
    state: ArrayState
    timelines: HybridTimelines
    platform: Platform
    push: ArrayBatches
    pull: HybridBatches

    def choose(self, is_pulled: bool) -> None:
        self.platform.stores.batches = self.pull if is_pulled else self.push

    def id(self, index: int) -> int:
        return FIRST_ID + ID_STEP * index


@dataclass(frozen=True, slots=True)
class Queueing:
    """Small accounts' tweets while the largest celebrity's is delivered: (ms since that tweet, wait in ms) each, and the
    deliveries of the celebrity's tweet before the first of them arrived."""

    waits: tuple[tuple[float, float], ...]
    deliveries_before: int


def run(blueprint: Blueprint, options: WholeOptions) -> Report:
    """BadInput for fewer people than the largest celebrity is to have followers, and a tenth more."""
    largest = min(LARGEST, options.users * 10 // 11)
    if largest < SHARES[0] * 10:
        raise BadInput(f"{options.users} users are too few for celebrities", "Give 11,000 or more.")
    return asyncio.run(_live(blueprint, options, tuple(largest // share for share in SHARES)))


async def _live(blueprint: Blueprint, options: WholeOptions, followers: tuple[int, ...]) -> Report:
    town = _town(blueprint, options, followers)
    await _history(town, options)
    options.progress("tweets to many", 0.7)
    pulled = [await _visible_ms(town, index, True) for index in town.celebrities]
    pushed = [await _visible_ms(town, index, False) for index in town.celebrities]
    read_ns = [await _read_ns(town, is_pulled) for is_pulled in (True, False)]
    options.progress("a small account beside them", 0.9)
    past, behind = await _queueing(town, False), await _queueing(town, True)
    figures = _figures(followers, pulled, pushed, read_ns, past, behind)
    return Report(
        0, options.users, len(town.state.followers_of.others), options.seed, {},
        2 * ROUNDS * len(SHARES) + 2 * SMALL_TWEETS + 2 * READ_BATCHES * READERS,
        figures, plots=_plots(followers, pulled, pushed, past, behind), blames=MappingProxyType({}),
    )  # fmt: skip


def _town(blueprint: Blueprint, options: WholeOptions, followers: tuple[int, ...]) -> Town:
    show = options.progress
    population = whole_population(options.users, options.seed, lambda share: show("who follows whom", 0.4 * share))
    celebrities = tuple(range(1, 1 + len(followers)))
    population = with_celebrities(population, dict(zip(celebrities, followers, strict=True)))
    show("whom people follow", 0.4)
    following = transposed(population.starts, population.others, options.users)
    state = ArrayState(options.users, (population.starts, population.others), following, tweet_room=1 << 20)
    timelines = HybridTimelines(state)
    timelines.rings.lines[:, 0] = BUILT | FAST
    push, pull = ArrayBatches(state, timelines), HybridBatches(state, timelines, pull_from=1)
    stores = array_stores(state, timelines)
    platform = Platform(blueprint, LiveWorld(options.seed), stores, fake_redis(), QueuePolicy(batch=1), limits={})
    return Town(population, celebrities, followers, state, timelines, platform, push, pull)


def with_celebrities(population: WholePopulation, followers: dict[int, int]) -> WholePopulation:
    """The same, but that these have so many followers: every `n`-th of the others."""
    starts, others, last = population.starts, [], 0
    counts = np.diff(starts)
    for index, wanted in sorted(followers.items()):
        everybody = np.delete(np.arange(population.users, dtype=np.int32), index)
        chosen = everybody[(np.arange(wanted) * len(everybody)) // wanted]
        others += [population.others[last : starts[index]], chosen]
        counts[index], last = wanted, starts[index + 1]
    others.append(population.others[last:])
    ends = np.concatenate(([0], np.cumsum(counts)))
    return WholePopulation(population.users, population.seed, ends, np.concatenate(others))


async def _history(town: Town, options: WholeOptions) -> None:
    """So many tweets that a page is full, delivered."""
    town.choose(False)
    pool = texts()
    for batch in range(HISTORY_BATCHES):
        options.progress("their tweets", 0.5 + 0.2 * batch / HISTORY_BATCHES)
        authors = town.population.people(A_BATCH, 500 + batch)
        authors = authors[authors > max(town.celebrities)]
        said = [pool[number % len(pool)] for number in range(len(authors))]
        await town.platform.client.post_many((FIRST_ID + ID_STEP * authors).tolist(), said)
        await _drained(town)


async def _drained(town: Town) -> None:
    moved = True
    while moved:
        moved = bool(await town.platform.step())


async def _visible_ms(town: Town, index: int, is_pulled: bool) -> float:
    """From posting until the last of the followers finds the tweet on their page: the quickest of some rounds."""
    town.choose(is_pulled)
    last = town.state.followers_of.of(index)[-1:]
    reader, best_ns = FIRST_ID + ID_STEP * last, float("inf")
    for _ in range(ROUNDS):
        started_ns, is_seen = stopwatch_ns(), False
        (tweet_id,) = await town.platform.client.post_many([town.id(index)], ["to all who follow"])
        while not is_seen:
            moved = await town.platform.step()
            pages = await town.platform.client.home_pages(reader)
            is_seen = bool((pages.tweets["id"] == tweet_id).any())
            assert moved or is_seen, "everything was delivered, and the last follower does not see it"
        best_ns = min(best_ns, stopwatch_ns() - started_ns)
        await _drained(town)
    return best_ns / 1e6


async def _read_ns(town: Town, is_pulled: bool) -> float:
    """Processor time of a home page."""
    town.choose(is_pulled)
    before_ns = cpu_ns()
    for batch in range(READ_BATCHES):
        readers = FIRST_ID + ID_STEP * town.population.people(READERS, 900 + batch)
        pages = await town.platform.client.home_pages(readers)
        np.bitwise_xor.reduce(pages.tweets.view(np.uint64), axis=None)
    return (cpu_ns() - before_ns) / (READ_BATCHES * READERS)


async def _queueing(town: Town, is_in_order: bool) -> Queueing:
    """The largest celebrity posts, then somebody small again and again; pushed, in the order of posting or past it."""
    town.choose(False)
    client, push = town.platform.client, town.push
    degrees = np.diff(town.population.starts)
    small = int(np.argmax((degrees > 0) & (degrees < 50)))
    reader = FIRST_ID + ID_STEP * town.state.followers_of.of(small)[:1]
    started_ns, before = stopwatch_ns(), town.platform.fanout.delivered
    await client.post_many([town.id(town.celebrities[-1])], ["to a million"])
    waits: list[tuple[float, float]] = []
    first = 0
    for _ in range(SMALL_TWEETS):
        posted_ns = stopwatch_ns()
        (tweet_id,) = await client.post_many([town.id(small)], ["to a few"])
        is_seen = False
        while not is_seen:
            await town.platform.step()
            while is_in_order and push.large:  # what an ordered queue does: nobody before the million
                await town.platform.step()
            is_seen = bool(((await client.home_pages(reader)).tweets["id"] == tweet_id).any())
        first = first or town.platform.fanout.delivered - before - int(degrees[small])
        waits.append(((posted_ns - started_ns) / 1e6, (stopwatch_ns() - posted_ns) / 1e6))
    await _drained(town)
    return Queueing(tuple(waits), first)


def _figures(
    followers: tuple[int, ...],
    pulled: list[float],
    pushed: list[float],
    read_ns: list[float],
    past: Queueing,
    behind: Queueing,
) -> tuple[Figure, ...]:
    def figure(name: str, unit: str, value: float, target: Target | None = None, note: str = "") -> Figure:
        return Figure(name, unit, value, "live", "arrays", target, note)

    most, least = followers[-1], followers[0]
    first, slow = past.waits[0][1], max(wait for _, wait in behind.waits)
    return (
        figure(
            "pull_growth", "times", pulled[-1] / pulled[0], Target("<=", FLAT_TIMES),
            f"post to visible for {most:,} followers, pulled, against {least:,}, whom the hybrid pushes to",
        ),
        figure("push_growth", "times", pushed[-1] / pushed[0], note="the same, pushed"),
        *(figure(f"pull_visible_ms_{count}", "ms", ms) for count, ms in zip(followers, pulled, strict=True)),
        *(figure(f"push_visible_ms_{count}", "ms", ms) for count, ms in zip(followers, pushed, strict=True)),
        figure("pull_read_cost", "times", read_ns[0] / read_ns[1], note="processor time of a home page that pulls, against one that does not"),
        figure(
            "deliveries_before_small", "deliveries", past.deliveries_before, Target("<=", 2 * SLICE),
            f"of {most:,}, before a tweet posted right after it reached its few followers: two slices",
        ),
        figure("deliveries_before_small_in_order", "deliveries", behind.deliveries_before, note="the same in an ordered queue"),
        figure("small_visible_ms", "ms", first, note=f"beside a fan-out to {most:,}"),
        figure("small_visible_ms_in_order", "ms", slow, note="the same in an ordered queue"),
    )  # fmt: skip


def _plots(
    followers: tuple[int, ...], pulled: list[float], pushed: list[float], past: Queueing, behind: Queueing
) -> tuple[Plot, ...]:
    counts = tuple(float(count) for count in followers)
    visible = (Line("pushed", counts, tuple(pushed)), Line("pulled", counts, tuple(pulled)))

    def line(label: str, queueing: Queueing) -> Line:
        return Line(label, tuple(at for at, _ in queueing.waits), tuple(wait for _, wait in queueing.waits))

    waits = (line("past the million", past), line("in order", behind))
    return (
        Plot("From posting until the last follower sees it", "followers", "ms", visible, log_x=True, log_y=True),
        Plot("A small account's tweets beside a tweet to a million", "ms since the tweet to a million", "ms until visible", waits, log_y=True),
    )  # fmt: skip
