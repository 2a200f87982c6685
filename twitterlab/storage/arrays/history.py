"""Timelines of a loaded population, made from the tweets that are there: by reader, a block of readers at a time.

Fanning a history out by author writes to a random line for every delivery. Fanning it in by reader sorts what a block of
neighbours follows and writes their lines once, in order; blocks share nothing and are made by several threads.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from twitterlab.storage.arrays.rings import BUILT, FAST
from twitterlab.storage.arrays.state import ArrayState
from twitterlab.storage.arrays.timelines import ArrayTimelines

BLOCK = 1 << 13
Indexes = npt.NDArray[np.int64]


def fan_in(
    state: ArrayState,
    timelines: ArrayTimelines,
    threads: int = 2,
    progress: Callable[[float], None] = lambda share: None,
) -> None:
    """Build every timeline of the population; what was on it is replaced. Nothing may be written meanwhile."""
    users = state.accounts.population
    authors = state.rows.records["author"][1 : state.rows.count]
    by_author = np.argsort(authors, kind="stable").astype(np.int32) + 1
    starts = np.zeros(users + 1, np.int64)
    np.cumsum(np.bincount(authors, minlength=users), out=starts[1:])
    firsts = range(0, users, BLOCK)

    def block(first: int) -> None:
        last = min(first + BLOCK, users)
        readers, rows = _due(state, starts, by_author, first, last)
        _write(timelines.rings.lines[first:last], readers, rows)

    with ThreadPoolExecutor(threads, "fan-in") as workers:
        for number, _ in enumerate(workers.map(block, firsts)):
            progress(number / len(firsts))


def _due(
    state: ArrayState, starts: Indexes, by_author: npt.NDArray[np.int32], first: int, last: int
) -> tuple[Indexes, Indexes]:
    """Pairs of reader, counted from `first`, and row, sorted: all tweets of whom they follow and of themselves."""
    links = state.followed_by
    bounds = links.starts[first : last + 1]
    everyone = np.arange(last - first)
    followed = np.concatenate((links.others[bounds[0] : bounds[-1]], everyone + first))
    readers = np.concatenate((np.repeat(everyone, bounds[1:] - bounds[:-1]), everyone))
    counts = starts[followed + 1] - starts[followed]
    ends = np.cumsum(counts)
    rows = by_author.take(np.arange(ends[-1]) + np.repeat(starts[followed] - (ends - counts), counts))
    keys = np.repeat(readers, counts) << 32 | rows
    keys.sort()
    return keys >> 32, keys & 0xFFFFFFFF


def _write(lines: npt.NDArray[np.int32], readers: Indexes, rows: Indexes) -> None:
    """The newest of each into their line."""
    slots = lines.shape[1] - 1
    counts = np.bincount(readers, minlength=len(lines))
    kept = np.minimum(counts, slots)
    place = np.arange(len(rows)) - (np.cumsum(counts) - kept)[readers]
    is_kept = place >= 0
    lines[readers[is_kept], 1 + place[is_kept]] = rows[is_kept]
    lines[:, 0] = kept | BUILT | FAST
