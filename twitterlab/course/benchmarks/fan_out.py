"""Benchmark of fan-out: one sort and one scatter for a batch of tweets, and an append for every delivery."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import numpy as np

from twitterlab.course.benchmarks.contest import Contest
from twitterlab.course.workbook import Workbook
from twitterlab.stage.whole_setup import settle
from twitterlab.storage.arrays.batches import ArrayBatches
from twitterlab.storage.batches import NewTweets

WRITERS = 500
TEXT = b"a tweet of middling length, as most of them are"


@contextmanager
def prepare(book: Workbook, is_short: bool) -> Iterator[Contest]:
    """Five hundred tweets to all who follow their authors."""
    whole = settle(2_000 if is_short else 20_000, 1, lambda step, share: None)
    batches = ArrayBatches(whole.state, whole.timelines)
    authors = whole.population.people(WRITERS, stream=6)
    ids = whole.ids(authors).tolist()
    starts, others = whole.population.starts, whole.population.others
    due = int((starts[authors + 1] - starts[authors]).sum())
    numbers = count(1 << 62, WRITERS)

    def ours() -> int:
        first = next(numbers)
        batches.add(NewTweets(range(first, first + WRITERS), ids, [TEXT] * WRITERS, 1))
        delivered = batches.fan_out(first)
        while more := batches.fan_out_large():
            delivered += more
        return delivered

    followers = [others[starts[author] : starts[author + 1]].tolist() for author in authors.tolist()]
    timelines: list[deque[int]] = [deque(maxlen=800) for _ in range(whole.population.users)]

    def yardstick() -> None:
        first = next(numbers)
        for number, those in enumerate(followers):
            for follower in those:
                timelines[follower].append(first + number)

    lost = due - ours() + whole.lost()[0]
    assert np.all(np.diff(whole.state.rows.keys[: whole.state.rows.count]) > 0)
    yield Contest(ours, yardstick, due, due, {"lost deliveries": lost})
