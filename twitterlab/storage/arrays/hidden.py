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
Indexes = npt.NDArray[np.int64]


class Hidden:
    """`changed` is called for everybody whose blocks or mutes change, or who is blocked."""

    def __init__(self, state: MemoryState, accounts: Accounts) -> None:
        self._state, self._accounts = state, accounts
        self._pairs: Indexes = np.zeros(0, np.int64)
        self._is_concerned = np.zeros(0, bool)
        self._recent: set[int] = set()
        self._is_sorted = False

    def changed(self, *user_ids: int) -> None:
        self._recent.update(user_ids)

    def mask(self, user_ids: Indexes, author_ids: Indexes) -> npt.NDArray[np.bool_] | None:
        """Of every place on the pages of `user_ids` whether its author is hidden; None where none is."""
        state = self._state
        if not (state.blocks or state.mutes or state.blocked_by):
            return None
        if not self._is_sorted or len(self._recent) > RECENT:
            self._sort()
        users = self._accounts.indexes(user_ids)
        lines = np.flatnonzero(self._is_concerned[np.clip(users, 0, len(self._is_concerned) - 1)] & (users >= 0))
        recent = np.flatnonzero(np.isin(user_ids, list(self._recent))) if self._recent else lines[:0]
        if not len(lines) and not len(recent):
            return None
        found = np.zeros(author_ids.shape, bool)
        if len(lines):
            authors = self._accounts.indexes(author_ids[lines].reshape(-1)).reshape(len(lines), -1)
            keys = users[lines, None] << 32 | authors
            places = np.minimum(np.searchsorted(self._pairs, keys), len(self._pairs) - 1)
            found[lines] = self._pairs[places] == keys
        for line in recent.tolist():
            found[line] = np.isin(author_ids[line], list(self._of(int(user_ids[line]))))
        return found

    def _of(self, user_id: int) -> set[int]:
        state = self._state
        return {other for of in (state.blocks, state.mutes, state.blocked_by) for other in tuple(of.get(user_id, ()))}

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
        self._is_sorted = True
