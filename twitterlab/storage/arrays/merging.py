"""Merging: rows that come late go between those that are newer and those that are older, for many timelines at once.

Somebody who has just posted has a newer tweet than those still on their way to them. While a backlog is worked off
that is everybody who posts, so that one by one would take longer than the backlog. Nearly always only a few entries are
newer: then these few are sorted together with what comes between them, and the rest of the line is not looked at.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from twitterlab.storage.arrays.rings import COUNT, FILLED, ROW, Rings

LINES_AT_ONCE = 1 << 12
"""So many timelines of 256 bytes and their new rows fit into a core's own cache."""
Indexes = npt.NDArray[np.int64]
NOTHING = -1
FEW = 8
"""Entries at the end of a line that are looked at first."""


def merge(rings: Rings, users: Indexes, rows: Indexes) -> None:
    """Pairs sorted by user, then by row; rows are in the order of their ids. A line keeps its newest entries."""
    is_first = np.empty(len(users), bool)
    is_first[:1] = True
    np.not_equal(users[1:], users[:-1], out=is_first[1:])
    starts = np.nonzero(is_first)[0]
    ends = np.concatenate((starts[1:], [len(users)]))
    for first in range(0, len(starts), LINES_AT_ONCE):
        mine = starts[first : first + LINES_AT_ONCE]
        begin, end = int(mine[0]), int(ends[first + len(mine) - 1])
        _put(rings, users[mine], mine - begin, rows[begin:end])


def _put(rings: Rings, whose: Indexes, begins: Indexes, rows: Indexes) -> None:
    """A run of new rows for each of `whose`, who are all different: at the end of the line if that is enough."""
    headers = rings.lines.reshape(-1).take(whose * (rings.slots + 1))
    counts = headers & COUNT
    runs = np.concatenate((begins[1:], [len(rows)])) - begins
    newest = _newest_keys(rings, whose, counts)
    newer = (newest >> 1 >= rows[begins].astype(np.int32)[:, None]).sum(axis=1)
    is_near = (newer < FEW) & (runs <= FEW)
    if is_near.any():
        keys = newest[is_near]
        keys[np.arange(FEW) >= newer[is_near, None]] = NOTHING
        some = np.repeat(is_near, runs)
        _append(
            rings, whose[is_near], counts[is_near], newer[is_near], keys, _new(FEW, _begins(runs[is_near]), rows[some])
        )
    if not is_near.all():
        some = np.repeat(~is_near, runs)
        _merge(rings, whose[~is_near], _begins(runs[~is_near]), rows[some])


def _begins(runs: Indexes) -> Indexes:
    return np.cumsum(runs) - runs


def _newest_keys(rings: Rings, whose: Indexes, counts: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """The last `FEW` entries, newest first, as keys that sort by row, a pushed entry before a filled one."""
    back = np.arange(1, FEW + 1, dtype=np.int64)
    places = whose[:, None] * (rings.slots + 1) + 1 + (counts[:, None] - back) % rings.slots
    entries = rings.lines.reshape(-1).take(places)
    keys = (entries & np.int32(ROW)) << 1 | (entries >> 30 & 1)
    keys[np.minimum(counts, rings.slots)[:, None] < back] = NOTHING
    return np.asarray(keys)


def _append(
    rings: Rings,
    whose: Indexes,
    counts: npt.NDArray[np.int32],
    newer: Indexes,
    kept: npt.NDArray[np.int32],
    new: npt.NDArray[np.int32],
) -> None:
    """Write the last `newer` entries of each line again, in order with what is new."""
    merged = _in_order(np.concatenate((kept, new), axis=1))
    held = (merged != NOTHING).sum(axis=1)
    width = merged.shape[1]
    place = np.arange(width) - (width - held)[:, None]
    lines, columns = np.nonzero(place >= 0)
    at = (counts[lines] - newer[lines] + place[lines, columns]) % rings.slots
    keys = merged[lines, columns]
    rings.lines.reshape(-1)[whose[lines] * (rings.slots + 1) + 1 + at] = keys >> 1 | (keys & 1) * np.int32(FILLED)
    rings.lines[whose, 0] += (held - newer).astype(np.int32)


def _in_order(keys: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Ascending in each line, every row once, nothing first."""
    keys.sort(axis=1)
    is_twin = (keys[:, 1:] >> 1 == keys[:, :-1] >> 1) & (keys[:, 1:] != NOTHING)
    if is_twin.any():
        keys[:, 1:][is_twin] = NOTHING
        keys.sort(axis=1)
    return keys


def _merge(rings: Rings, whose: Indexes, begins: Indexes, rows: Indexes) -> None:
    """The same by writing the whole line again. What is older than all that is new stays in its place: a reader in
    another thread, who may catch a line half written, finds these as they were."""
    headers = rings.lines.reshape(-1).take(whose * (rings.slots + 1))
    counts = headers & COUNT
    merged: Any = _in_order(np.concatenate((_kept(rings, whose, counts), _new(rings.slots, begins, rows)), axis=1))
    total = (merged != NOTHING).sum(axis=1).astype(np.int32)
    ends = counts + total - np.minimum(counts, rings.slots)
    held = np.minimum(total, rings.slots)
    rank = (np.arange(rings.slots, dtype=np.int32) - (ends - held)[:, None]) % rings.slots
    keys = np.take_along_axis(merged, merged.shape[1] - held[:, None] + np.minimum(rank, held[:, None] - 1), axis=1)
    rings.lines[whose, 1:] = keys >> 1 | (keys & 1) * np.int32(FILLED)
    rings.lines[whose, 0] = ends | (headers & ~np.int32(COUNT))


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
