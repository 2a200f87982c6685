"""Rebuilding: timelines from the tweets of whom people follow, for many people at once.

All authors' newest tweets are walked in step, one tweet of each at a time, and no further than a timeline is long.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from twitterlab.storage.arrays.links import Links
from twitterlab.storage.arrays.rings import BUILT, FAST, FILLED
from twitterlab.storage.arrays.timelines import ArrayTimelines
from twitterlab.storage.arrays.tweet_rows import LIVE

PAIRS_AT_ONCE = 1 << 16
Indexes = npt.NDArray[np.int64]


def rebuild(timelines: ArrayTimelines, following: Links, users: Indexes) -> None:
    """Write the lines of `users`, who are all different and whose timelines are not built. Rows are in the order of
    their ids."""
    degrees = following.degrees(users) + 1
    cuts = np.flatnonzero(np.diff(np.cumsum(degrees) // PAIRS_AT_ONCE)) + 1
    for some in np.split(users, cuts):
        followed, counts = following.gather(some)
        readers = np.concatenate((np.repeat(np.arange(len(some)), counts), np.arange(len(some))))
        _write(timelines, some, *_newest(timelines, readers, np.concatenate((followed, some)), len(some)))


def _newest(
    timelines: ArrayTimelines, readers: Indexes, authors: Indexes, users: int
) -> tuple[Indexes, Indexes, npt.NDArray[np.bool_]]:
    """Pairs of reader and row, sorted: of each author as many of the newest as a timeline keeps; and who of the
    `users` may have more than that below them."""
    tweets = timelines._tweets
    known = authors < len(tweets.newest)
    readers, rows = readers[known], tweets.newest[authors[known]].astype(np.int64)
    found_readers, found_rows = [], []
    for _ in range(timelines.capacity):
        is_there = rows > 0
        readers, rows = readers[is_there], rows[is_there]
        if not len(rows):
            break
        is_live = tweets.records["flags"][rows] & LIVE != 0
        found_readers.append(readers[is_live])
        found_rows.append(rows[is_live])
        rows = tweets.records["previous"][rows].astype(np.int64)
    has_more = np.zeros(users, bool)
    has_more[readers[rows > 0]] = True
    keys = np.concatenate(found_readers or [readers]) << 32 | np.concatenate(found_rows or [rows])
    keys.sort()
    return keys >> 32, keys & 0xFFFFFFFF, has_more


def _write(
    timelines: ArrayTimelines,
    users: Indexes,
    readers: Indexes,
    rows: Indexes,
    has_more: npt.NDArray[np.bool_],
) -> None:
    """Whose authors have deleted so much that the walk ended above a full timeline is left out."""
    rings, capacity = timelines.rings, timelines.capacity
    counts = np.bincount(readers, minlength=len(users))
    kept = np.minimum(counts, capacity)
    place = np.arange(len(rows)) - (np.cumsum(counts) - kept)[readers]
    is_left = has_more & (kept < capacity)
    is_kept = (place >= 0) & ~is_left[readers]
    rings.lines[users[readers[is_kept]], 1 + place[is_kept]] = rows[is_kept] | FILLED
    rings.lines[users[~is_left], 0] = kept[~is_left] | BUILT | FAST
    for user in users[~is_left].tolist():
        timelines.floors.pop(user, None)
