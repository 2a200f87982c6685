"""The plan of the whole-Twitter load: who reads and who posts what, at every tick; all day alike, or as a day has it.

A day is told in the run's length: nobody sees a difference between people who come more slowly and a clock that is faster.
It begins at its quietest hour and swings by `SWING` around its mean, so that its busiest has three times as many as that.
"""

from __future__ import annotations

import numpy as np

from twitterlab.bench.whole_population import WholePopulation
from twitterlab.bench.whole_twitter import Plan
from twitterlab.stage.whole_setup import TEXTS, Indexes, texts
from twitterlab.storage.arrays.accounts import FIRST_ID, ID_STEP

READ_TICK_NS, POST_TICK_NS = 2_000_000, 10_000_000
"""Short batches: who comes while one is worked on waits for its end. Half as long, and the loop's own work shows."""
SWING = 0.5
MEAN_FOLLOWERS = 75
"""Of a tweet, as the case study has it."""
DRAWS = 8


def plan_of(
    population: WholePopulation,
    seconds: float,
    reads_per_s: int,
    posts_per_s: int,
    stream: int = 0,
    is_day: bool = False,
) -> Plan:
    """Rates are means. Equal streams give equal plans."""
    reads = _counts(seconds, reads_per_s, READ_TICK_NS, is_day)
    posts = _counts(seconds, posts_per_s, POST_TICK_NS, is_day)
    readers = [population.people(count, 100_000 * (stream + 1) + tick) for tick, count in enumerate(reads.tolist())]
    authors = np.split(_authors(population, int(posts.sum()), 50_000 + stream), np.cumsum(posts)[:-1])
    pool = texts()
    said = [[pool[number % TEXTS] for number in (line * 31 + tick).tolist()] for tick, line in enumerate(authors)]
    return Plan(
        [FIRST_ID + ID_STEP * people for people in readers],
        READ_TICK_NS,
        [FIRST_ID + ID_STEP * people for people in authors],
        said,
        POST_TICK_NS,
    )


def _counts(seconds: float, rate_per_s: int, tick_ns: int, is_day: bool) -> Indexes:
    """How many act at each tick."""
    ticks, each = max(1, round(seconds * 1e9 / tick_ns)), max(1, round(rate_per_s * tick_ns / 1e9))
    swing = SWING * np.cos(2 * np.pi * np.arange(ticks) / ticks) if is_day else np.zeros(ticks)
    return np.maximum(np.round(each * (1 - swing)), 1).astype(np.int64)


def _authors(population: WholePopulation, count: int, stream: int) -> Indexes:
    """So many authors: of some draws the one whose tweets have the fewest followers that are not fewer than promised;
    chance alone gives a mean of 70 to 90."""
    followers = np.diff(population.starts)
    draws = [population.people(count, stream + 100 * draw) for draw in range(DRAWS)]
    means = np.array([followers[authors].mean() for authors in draws])
    enough = means >= MEAN_FOLLOWERS
    return draws[int(np.argmin(np.where(enough, means, np.inf)) if enough.any() else np.argmax(means))]
