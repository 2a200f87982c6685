"""Merging: rows that come late go between those that are newer and those that are older, for many timelines at once.

Somebody who has just posted has a newer tweet than those still on their way to them. While a backlog is worked off
that is everybody who posts, so that one by one would take longer than the backlog.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from twitterlab.storage.arrays.rings import BUILT, COUNT, FILLED, ROW, Rings

LINES_AT_ONCE = 1 << 12
"""So many timelines of 256 bytes and their new rows fit into a core's own cache."""
Indexes = npt.NDArray[np.int64]
NOTHING = -1


def merge(rings: Rings, capacity: int, users: Indexes, rows: Indexes) -> None:
    """Pairs sorted by user, then by row; rows are in the order of their ids. A timeline keeps its newest entries:
    `capacity`, and one more where it is not built."""
    is_first = np.empty(len(users), bool)
    is_first[:1] = True
    np.not_equal(users[1:], users[:-1], out=is_first[1:])
    starts = np.nonzero(is_first)[0]
    ends = np.concatenate((starts[1:], [len(users)]))
    for first in range(0, len(starts), LINES_AT_ONCE):
        mine = starts[first : first + LINES_AT_ONCE]
        begin, end = int(mine[0]), int(ends[first + len(mine) - 1])
        _merge(rings, capacity, users[mine], mine - begin, rows[begin:end])


def _merge(rings: Rings, capacity: int, whose: Indexes, begins: Indexes, rows: Indexes) -> None:
    """A run of new rows for each of `whose`, who are all different."""
    headers = rings.lines.reshape(-1).take(whose * (rings.slots + 1))
    counts = headers & COUNT
    merged: Any = np.concatenate((_kept(rings, whose, counts), _new(rings.slots, begins, rows)), axis=1)
    merged.sort(axis=1)
    is_twin = (merged[:, 1:] >> 1 == merged[:, :-1] >> 1) & (merged[:, 1:] != NOTHING)
    if is_twin.any():
        merged[:, 1:][is_twin] = NOTHING
        merged.sort(axis=1)
    merged = merged[:, -rings.slots :]
    room = np.where(headers & BUILT, capacity, capacity + 1)
    held = np.minimum((merged != NOTHING).sum(axis=1), room).astype(np.int32)
    places = np.arange(rings.slots, dtype=np.int32)
    shifted = np.take_along_axis(merged, (places - held[:, None]) % rings.slots, axis=1)
    rings.lines[whose, 1:] = shifted >> 1 | (shifted & 1) * np.int32(FILLED)
    rings.lines[whose, 0] = held | (headers & ~np.int32(COUNT))


def _kept(rings: Rings, whose: Indexes, counts: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """What is on the timelines, as keys that sort by row, a pushed entry before a filled one."""
    entries: Any = rings.lines[whose, 1:]
    keys = (entries & np.int32(ROW)) << 1 | (entries >> 30 & 1)
    keys[np.arange(rings.slots) >= counts[:, None]] = NOTHING
    return np.asarray(keys)


def _new(slots: int, begins: Indexes, rows: Indexes) -> npt.NDArray[np.int32]:
    """The newest of each run as a line of keys."""
    runs = np.concatenate((begins[1:], [len(rows)])) - begins
    width = int(min(runs.max(), slots))
    from_end = np.repeat(begins + runs, runs) - 1 - np.arange(len(rows))
    is_new = from_end < width
    keys = np.full((len(begins), width), NOTHING, np.int32)
    keys[np.repeat(np.arange(len(begins)), runs)[is_new], from_end[is_new]] = rows[is_new] << 1
    return keys
