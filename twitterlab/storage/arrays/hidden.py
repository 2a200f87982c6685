"""Hidden: which tweets of many pages their readers may not see, because one of the two blocks or mutes the other.

Pairs (reader, author) lie sorted, so that the pages of a thousand readers take one search. Who changed since they were
sorted is looked up one by one; after `RECENT` of them the pairs are sorted anew.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from twitterlab.storage.arrays.accounts import Accounts
from twitterlab.storage.memory_state import MemoryState

RECENT = 1_000
MARK_BITS = 18
SPREAD = 0x9E3779B97F4A7C15
"""Fibonacci hashing (Knuth, "The Art of Computer Programming", volume 3, section 6.4)."""
Indexes = npt.NDArray[np.int64]


class Hidden:
    """`changed` is called for everybody whose blocks or mutes change, or who is blocked."""

    def __init__(self, state: MemoryState, accounts: Accounts) -> None:
        self._state, self._accounts = state, accounts
        self._pairs: Indexes = np.zeros(0, np.int64)
        self._marks = self._is_concerned = np.zeros(0, bool)
        self._recent: set[int] = set()
        self._is_sorted = False

    def changed(self, *user_ids: int) -> None:
        self._recent.update(map(self._accounts.reserve, user_ids))

    def mask(self, users: Indexes, authors: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_] | None:
        """Of every place on the pages of `users` whether its author is hidden, all by index; None where none is."""
        state = self._state
        if not (state.blocks or state.mutes or state.blocked_by):
            return None
        if not self._is_sorted or len(self._recent) > RECENT:
            self._sort()
        lines = np.flatnonzero(self._is_concerned.take(users, mode="clip"))
        recent = np.flatnonzero(np.isin(users, list(self._recent))) if self._recent else lines[:0]
        if not len(lines) and not len(recent):
            return None
        found = np.zeros(authors.shape, bool)
        if len(lines):
            found[lines] = self._among(users[lines, None] << 32 | authors[lines])
        for line in recent.tolist():
            found[line] = np.isin(authors[line], self._of(int(users[line])))
        return found

    def _among(self, keys: Indexes) -> npt.NDArray[np.bool_]:
        """Which of these are pairs. Most are ruled out by a table of marks, the rest is searched for."""
        found = self._marks[_mark(keys)]
        places = np.nonzero(found)
        rest = keys[places]
        found[places] = self._pairs[np.minimum(np.searchsorted(self._pairs, rest), len(self._pairs) - 1)] == rest
        return found

    def _of(self, user: int) -> Indexes:
        state, user_id = self._state, self._accounts.id(user)
        others = [other for of in (state.blocks, state.mutes, state.blocked_by) for other in tuple(of.get(user_id, ()))]
        return self._accounts.indexes(np.array(others, np.int64))

    def _sort(self) -> None:
        state = self._state
        self._recent.clear()
        everybody = [
            (user_id, other_id)
            for of in (state.blocks, state.mutes, state.blocked_by)
            for user_id, others in tuple(of.items())
            for other_id in tuple(others)
        ]
        pairs = np.array(everybody, np.int64).reshape(-1, 2)
        users, others = self._accounts.indexes(pairs[:, 0]), self._accounts.indexes(pairs[:, 1])
        self._is_concerned = np.zeros(self._accounts.users + 1, bool)
        self._is_concerned[users[users >= 0]] = True
        self._pairs = np.unique((users << 32 | others)[(users >= 0) & (others >= 0)])
        self._marks = np.zeros(1 << MARK_BITS, bool)
        self._marks[_mark(self._pairs)] = True
        self._is_sorted = True


def _mark(keys: Indexes) -> npt.NDArray[np.uint64]:
    """The place of each key in the table of marks."""
    spread: npt.NDArray[np.uint64] = keys.view(np.uint64) * np.uint64(SPREAD)
    return spread >> np.uint64(64 - MARK_BITS)
