"""Rings: the newest tweets of every home timeline, as rows of the tweet table, always in the order of their ids.

A user's row is one array line: a header, then `slots` entries. The header counts what was ever put in (its lower 29
bits) and says whether the timeline is built. Writers put entries before they raise the count; a reader in another
thread may therefore miss the newest entry but never reads one that is not there. It must be `slots - limit` entries
behind to read one that was overwritten under it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from twitterlab.storage.arrays.memory import grown, zeros

COUNT = (1 << 29) - 1
BUILT = 1 << 29
FAST = 1 << 30
"""The newest `FAST_PAGE` entries are the newest page: they can be read without looking at the floor."""
FAST_PAGE = 20
FILLED = 1 << 30
"""On an entry: only the source brought it."""
ROW = FILLED - 1

Rows = npt.NDArray[np.int32]
Indexes = npt.NDArray[np.int64]


class Rings:
    """`slots` entries for each of `users`; grows when asked for a user beyond."""

    def __init__(self, users: int, slots: int = 63) -> None:
        self.slots = slots
        self.lines: Rows = zeros((max(users, 1), slots + 1), np.int32)
        # Of a line that has counted so many (modulo slots), where its entries lie, newest first.
        self._newest_first = 1 + (np.arange(slots)[:, None] - np.arange(1, slots + 1)) % slots

    def make_room(self, users: int) -> None:
        """Lines for at least so many users."""
        if users > len(self.lines):
            self.lines = grown(self.lines, max(users, 2 * len(self.lines)))

    def entries(self, user: int) -> list[int]:
        """All entries of one user, oldest first, with their marks."""
        line = self.lines[user]
        count = int(line[0]) & COUNT
        kept = min(count, self.slots)
        return [int(line[1 + place % self.slots]) for place in range(count - kept, count)]

    def rewrite(self, user: int, entries: Sequence[int], marks: int) -> None:
        """Replace a line."""
        line = self.lines[user]
        line[1 : 1 + len(entries)] = entries
        line[0] = len(entries) | marks

    def marks(self, user: int) -> int:
        return int(self.lines[user, 0]) & ~COUNT

    def append(self, users: Indexes, rows: Rows) -> None:
        """Put `rows[i]` on `users[i]`. Who comes more than once is listed in one run, rows ascending, and every row
        is newer than what the user has: see `newest`."""
        first = np.empty(len(users), bool)
        first[:1] = True
        np.not_equal(users[1:], users[:-1], out=first[1:])
        starts = np.nonzero(first)[0]
        runs = np.concatenate((starts[1:], [len(users)])) - starts
        rank = np.arange(len(users)) - np.repeat(starts, runs)
        counts = self._counts(users)
        self.lines.reshape(-1)[users * (self.slots + 1) + 1 + (counts + rank) % self.slots] = rows
        self.lines[users[starts], 0] += runs.astype(np.int32)

    def newest(self, users: Indexes) -> Rows:
        """The newest row of each, 0 where there is none."""
        counts = self._counts(users)
        places = users * (self.slots + 1) + 1 + (counts - 1) % self.slots
        found: Rows = np.asarray(self.lines.reshape(-1).take(places) & ROW)
        found[counts == 0] = 0
        return found

    def _counts(self, users: Indexes) -> Any:
        """The counts of many. Taken from the flat array: `take` copies a column before it takes from it."""
        return self.lines.reshape(-1).take(users * (self.slots + 1)) & COUNT

    def page(self, users: Indexes, limit: int) -> tuple[Rows, npt.NDArray[np.bool_]]:
        """The newest `limit` rows of each, newest first, 0 where there are fewer; and whether they are the page."""
        lines = self.lines.take(users, axis=0)
        counts = lines[:, 0] & COUNT
        places: Any = self._newest_first[:, :limit].take(counts % self.slots, axis=0)
        places += (np.arange(len(users)) * (self.slots + 1))[:, None]
        rows = lines.reshape(-1).take(places) & ROW
        if (counts < limit).any():
            rows[counts[:, None] < np.arange(1, limit + 1)] = 0
        return rows, lines[:, 0] & FAST != 0
