"""Before the whole-Twitter load: the population, and a history of tweets on everybody's timeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from twitterlab.bench.whole_population import WholePopulation, whole_population
from twitterlab.parts.snowflake import EPOCH_MS, MACHINE_BITS, SEQUENCE_BITS
from twitterlab.storage.arrays.accounts import FIRST_ID, ID_STEP, handles
from twitterlab.storage.arrays.history import fan_in
from twitterlab.storage.arrays.state import ArrayState
from twitterlab.storage.arrays.timelines import ArrayTimelines
from twitterlab.storage.arrays.transpose import transposed
from twitterlab.storage.arrays.tweet_rows import LIVE, LONG, RECORD, TEXT_BYTES
from twitterlab.world.live import LiveClock

HISTORY = 1.0
"""Tweets a user before the load begins. Those who follow fewest follow some 40, and have a page of 20 nearly always;
with half as many tweets a page had 19 on average."""
TWEETS_TO_COME = 1 << 22
"""Room for ten minutes of the load: a table that is full is copied, and everybody waits."""
PER_MS = 5
LOAD_CHUNK = 1 << 15
LOST_SAMPLE = 2_000
TEXTS = 4_096
WORDS = (
    "the", "a", "we", "they", "people", "city", "train", "rain", "coffee", "morning", "late", "again", "why", "how",
    "never", "always", "found", "lost", "new", "old", "light", "window", "street", "friend", "music", "plays", "today",
    "tomorrow", "first", "last", "good", "great", "small", "quiet", "sound", "of", "in", "on", "with", "without",
)  # fmt: skip
Indexes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Whole:
    """A platform's memory with a population in it."""

    population: WholePopulation
    state: ArrayState
    timelines: ArrayTimelines
    first_row: int

    @property
    def follows(self) -> int:
        return self.population.follows

    def ids(self, indexes: Indexes) -> Indexes:
        return FIRST_ID + ID_STEP * indexes

    def lost(self) -> tuple[int, int]:
        """Of the tweets posted in the load, a sample: deliveries due that no timeline holds; and how many were due."""
        rows = self.state.rows
        step = max(1, (rows.count - self.first_row) // LOST_SAMPLE)
        lost = due = 0
        for row in range(self.first_row, rows.count, step):
            followers = self.state.followers_of.of(int(rows.records["author"][row]))
            lines = self.timelines.rings.lines[followers]
            is_there = (lines[:, 1:] == row).any(axis=1)
            is_pushed_out = (lines[:, 1:] > row).all(axis=1)
            lost += int((~is_there & ~is_pushed_out).sum())
            due += len(followers)
        return lost, due


def settle(
    users: int, seed: int, progress: Callable[[str, float], None], population: WholePopulation | None = None
) -> Whole:
    """Make the population, unless there is one, turn its links around, and put its history on their timelines."""
    if population is None:
        population = whole_population(users, seed, lambda share: progress("who follows whom", 0.2 * share))
    users = population.users
    progress("whom people follow", 0.2)
    following = transposed(population.starts, population.others, users)
    history = max(int(users * HISTORY), 1)
    state = ArrayState(users, (population.starts, population.others), following, tweet_room=history + TWEETS_TO_COME)
    timelines = ArrayTimelines(state.accounts, state.rows)
    now_ms = LiveClock().now_ms() - 60_000
    for first in range(0, history, LOAD_CHUNK):
        progress("their history", 0.3 + 0.1 * first / history)
        count = min(LOAD_CHUNK, history - first)
        records, long = _history(population, first, count, now_ms - history // PER_MS)
        row = state.rows.put_many(records)
        state.rows.long.update({row + place: text for place, text in long.items()})
    fan_in(state, timelines, progress=lambda share: progress("their timelines", 0.4 + 0.1 * share))
    return Whole(population, state, timelines, state.rows.count)


def _history(
    population: WholePopulation, first: int, count: int, at_ms: int
) -> tuple[npt.NDArray[np.void], dict[int, str]]:
    """The next of the tweets that were posted at `PER_MS` a millisecond from `at_ms` on."""
    pool, lengths = _pool()
    records = np.zeros(count, RECORD)
    authors = population.people(count, stream=1_000 + first)
    numbers = first + np.arange(count)
    records["created_ms"] = at_ms + numbers // PER_MS
    records["id"] = (records["created_ms"] - EPOCH_MS << MACHINE_BITS + SEQUENCE_BITS) + numbers % PER_MS
    records["author"], records["author_id"] = authors, FIRST_ID + ID_STEP * authors
    records["handle"] = handles(authors)
    chosen = (authors * 31 + numbers) % TEXTS
    records["text"], records["length"] = pool[chosen], lengths[chosen]
    is_long = lengths[chosen] > TEXT_BYTES
    records["flags"] = LIVE + LONG * is_long
    return records, {place: texts()[chosen[place]] for place in np.nonzero(is_long)[0].tolist()}


@cache
def texts() -> tuple[str, ...]:
    """Texts of 10 to 125 characters, 65 on average; one in fifty is 200 long, more than a record holds."""
    return tuple(_text(number) for number in range(TEXTS))


def _text(number: int) -> str:
    wanted = 200 if number % 50 == 0 else 10 + (number * 37) % 111
    said = ""
    while len(said) < wanted:
        said += WORDS[(number * 7 + len(said) * 13) % len(WORDS)] + " "
    return said[:wanted].strip().ljust(wanted, "x")


@cache
def _pool() -> tuple[npt.NDArray[np.void], npt.NDArray[np.int64]]:
    encoded = [text.encode() for text in texts()]
    pool = np.array(encoded, f"S{TEXT_BYTES}").view(f"V{TEXT_BYTES}")
    return pool, np.array([len(text) for text in encoded])
