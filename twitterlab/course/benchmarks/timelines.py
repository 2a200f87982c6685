"""Benchmark of home pages: columns out of arrays, and lists out of a deque a person."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np

from twitterlab.course.benchmarks.contest import Contest
from twitterlab.course.workbook import Workbook
from twitterlab.stage.whole_setup import Whole, settle
from twitterlab.storage.arrays.batches import ArrayBatches
from twitterlab.storage.arrays.rings import ROW

PAGE, READERS = 20, 1_000


@contextmanager
def prepare(book: Workbook, is_short: bool) -> Iterator[Contest]:
    """A thousand home pages; every byte of ours is read, of the yardstick's tweets nothing is."""
    whole = settle(2_000 if is_short else 20_000, 1, lambda step, share: None)
    batches = ArrayBatches(whole.state, whole.timelines)
    readers = whole.population.people(READERS, stream=5)
    ids = whole.ids(readers)

    def ours() -> object:
        pages, _ = batches.pages(ids, PAGE)
        np.bitwise_xor.reduce(pages.tweets.view(np.uint64), axis=None)
        return pages

    timelines, tweets = _deques(whole)

    def yardstick() -> object:
        return [[tweets[row] for row in islice(reversed(timelines[reader]), PAGE)] for reader in readers.tolist()]

    ours()
    before = sys.getallocatedblocks()
    kept = ours()
    objects = (sys.getallocatedblocks() - before) / READERS
    del kept
    yield Contest(ours, yardstick, READERS, READERS, {"objects a page": objects})


def _deques(whole: Whole) -> tuple[list[deque[int]], dict[int, tuple[Any, ...]]]:
    rings, records = whole.timelines.rings, whole.state.rows.records
    timelines = [
        deque((entry & ROW for entry in rings.entries(user)), maxlen=800) for user in range(whole.population.users)
    ]
    fields = ("id", "author_id", "handle", "created_ms", "likes", "retweets", "replies", "text")
    columns = [records[field][: whole.state.rows.count].tolist() for field in fields]
    return timelines, dict(enumerate(zip(*columns, strict=True)))
