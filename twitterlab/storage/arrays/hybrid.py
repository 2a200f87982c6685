"""Hybrid timelines: everybody pushes but celebrities, whose newest tweets are pulled by those who read.

A tweet of an account with `pull_from` followers or more is one entry in that account's list of `KEPT` tweets, however
many follow it; a page merges the lists of the celebrities that its reader follows with the reader's own timeline.
Source: R. Krikorian, "Timelines at Scale" (QCon San Francisco 2012): fan-out but for the largest accounts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from twitterlab.storage.arrays.batches import ArrayBatches
from twitterlab.storage.arrays.state import ArrayState
from twitterlab.storage.arrays.timelines import ArrayTimelines

KEPT = 64
CASE_STUDY = 1_000_000
"""Followers from which the case study pulls."""
Indexes = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]


class Celebrities:
    """The newest rows of those who are pulled. `lines[number]` ends with the newest; 0 where there are fewer."""

    def __init__(self, state: ArrayState) -> None:
        self._state = state
        self.number: dict[int, int] = {}  # index of an account -> its line
        self._is_one = np.zeros(0, bool)
        self.lines: Rows = np.zeros((0, KEPT), np.int32)

    def post(self, author: int, row: int) -> None:
        """The newest tweet of a celebrity; who was none becomes one."""
        if author not in self.number:
            self._add(author)
        line = self.lines[self.number[author]]
        line[:-1] = line[1:]
        line[-1] = row

    def followed_by(self, users: Indexes) -> tuple[Indexes, Indexes]:
        """Pairs (place in `users`, number of a celebrity that this user follows)."""
        following, counts = self._state.followed_by.gather(users)
        whose = np.repeat(np.arange(len(users)), counts)
        is_pulled = following < len(self._is_one)
        is_pulled[is_pulled] = self._is_one[following[is_pulled]]
        numbers = np.array([self.number[author] for author in following[is_pulled].tolist()], np.int64)
        return whose[is_pulled], numbers

    def _add(self, author: int) -> None:
        if author >= len(self._is_one):
            self._is_one = np.concatenate((self._is_one, np.zeros(2 * (author + 1) - len(self._is_one), bool)))
        lines = np.concatenate((self.lines, np.zeros((1, KEPT), np.int32)))
        self.lines, self.number[author] = lines, len(self.lines)
        self._is_one[author] = True  # last: a reader in another thread finds the line that it looks for


class HybridTimelines(ArrayTimelines):
    """`Timelines` of the hybrid: a page may have to be worked out from its source where a celebrity's list ends."""

    def __init__(self, state: ArrayState, capacity: int | None = None) -> None:
        super().__init__(state.accounts, state.rows, *(() if capacity is None else (capacity,)))
        self.celebrities = Celebrities(state)

    async def page(self, user_id: int, before_id: int, limit: int) -> list[int] | None:
        pushed = await super().page(user_id, before_id, limit)
        user = self._accounts.index(user_id)
        if pushed is None or user is None or not self.celebrities.number:
            return pushed
        _, numbers = self.celebrities.followed_by(np.array([user]))
        pulled: set[int] = set()
        for line in self.celebrities.lines[numbers]:
            ids = self._tweets.ids(line[line != 0].tolist())
            if len(ids) == KEPT and min(ids) >= before_id:
                return None
            pulled.update(id_ for id_ in ids if id_ < before_id)
        if not pulled:
            return pushed
        found = sorted({*pushed, *pulled}, reverse=True)[:limit]
        return found if self._is_complete(found, numbers, limit) else None

    def _is_complete(self, found: list[int], numbers: Indexes, limit: int) -> bool:
        """Whether no celebrity's list ends above the page's end."""
        ids: Any = self._tweets.records["id"][self.celebrities.lines[numbers, 0]]
        oldest = found[-1] if len(found) == limit else 0
        return not bool((ids > oldest).any())


class HybridBatches(ArrayBatches):
    """`Batches` of the hybrid."""

    def __init__(self, state: ArrayState, timelines: HybridTimelines, pull_from: int = CASE_STUDY) -> None:
        super().__init__(state, timelines)
        self._celebrities, self._pull_from = timelines.celebrities, pull_from

    def _put_aside(self, author: int, row: int) -> None:
        if len(self._state.followers_of.of(author)) >= self._pull_from:
            self._celebrities.post(author, row)
        else:
            super()._put_aside(author, row)

    def _newest(self, users: Indexes, limit: int) -> tuple[Rows, npt.NDArray[np.bool_]]:
        rows, is_told = super()._newest(users, limit)
        if self._celebrities.number:
            whose, numbers = self._celebrities.followed_by(users)
            if len(whose):
                self._merge(rows, whose, self._celebrities.lines[numbers, -limit:])
        return rows, is_told

    def _merge(self, rows: Rows, whose: Indexes, pulled: Rows) -> None:
        """Put the rows of celebrities, a line a pair, into the pages of those who follow them."""
        readers, begins, counts = np.unique(whose, return_index=True, return_counts=True)
        width = pulled.shape[1]
        found = np.zeros((len(readers), rows.shape[1] + int(counts.max()) * width), np.int32)
        found[:, : rows.shape[1]] = rows[readers]
        rank = np.arange(len(whose)) - np.repeat(begins, counts)
        places = rows.shape[1] + rank[:, None] * width + np.arange(width)
        found[np.repeat(np.arange(len(readers)), counts)[:, None], places] = pulled
        rows[readers] = self._sorted(found)[:, : rows.shape[1]]

    def _sorted(self, found: Rows) -> Rows:
        """Newest first, each once, zeros last."""
        if self._rows.is_ordered:
            found.sort(axis=1)
            found = found[:, ::-1].copy()
        else:
            order = np.argsort(-self._rows.records["id"][found], axis=1, kind="stable")
            found = np.take_along_axis(found, order, axis=1)
        is_twin = (found[:, 1:] == found[:, :-1]) & (found[:, 1:] != 0)
        if is_twin.any():
            found[:, 1:][is_twin] = 0
            order = np.argsort(found == 0, axis=1, kind="stable")
            found = np.take_along_axis(found, order, axis=1)
        return found
