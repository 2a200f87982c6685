"""Links: who follows whom in one direction, as compressed rows and what has changed since they were loaded.

Source: compressed sparse rows are those of Yale's sparse matrix package (Eisenstat et al., 1977). Rows hold indexes of
the loaded population, ascending; a later follow is kept by id in `added`, a later unfollow of a loaded one in `removed`.
"""

from __future__ import annotations

import heapq
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from twitterlab.storage.arrays.accounts import FIRST_ID, ID_STEP, Accounts
from twitterlab.storage.memory_state import SortedIds

Indexes = npt.NDArray[np.int64]


class LinkList:
    """One person's list: reads and writes as `SortedIds` does."""

    __slots__ = ("_links", "_user_id")

    def __init__(self, links: Links, user_id: int) -> None:
        self._links, self._user_id = links, user_id

    @property
    def ids(self) -> list[int]:
        return self.above(-1, len(self) + 1)

    def add(self, other_id: int) -> None:
        self._links.add(self._user_id, other_id)

    def discard(self, other_id: int) -> None:
        self._links.discard(self._user_id, other_id)

    def __contains__(self, other_id: int) -> bool:
        return self._links.has(self._user_id, other_id)

    def __len__(self) -> int:
        return self._links.degree(self._user_id)

    def above(self, after_id: int, limit: int) -> list[int]:
        """The lowest `limit` ids over `after_id`, ascending."""
        return self._links.above(self._user_id, after_id, limit)


class Links:
    """All lists of one direction, by id like a `defaultdict(SortedIds)`, and in bulk by index."""

    def __init__(
        self, accounts: Accounts, starts: Indexes | None = None, others: npt.NDArray[np.int32] | None = None
    ) -> None:
        self._accounts = accounts
        self.starts: Indexes = np.zeros(1, np.int64) if starts is None else starts
        self.others: npt.NDArray[np.int32] = np.zeros(0, np.int32) if others is None else others
        self.added: dict[int, SortedIds] = {}
        self.removed: dict[int, set[int]] = {}
        self._changed: set[int] = set()

    def get(self, user_id: int, default: Any = None) -> LinkList:
        return LinkList(self, user_id)

    def __getitem__(self, user_id: int) -> LinkList:
        return LinkList(self, user_id)

    def add(self, user_id: int, other_id: int) -> None:
        if self.has(user_id, other_id):
            return
        self._note(user_id)
        if self._is_loaded(user_id, other_id):
            self.removed[user_id].discard(other_id)
        else:
            self.added.setdefault(user_id, SortedIds()).add(other_id)

    def discard(self, user_id: int, other_id: int) -> None:
        self._note(user_id)
        if self._is_loaded(user_id, other_id):
            self.removed.setdefault(user_id, set()).add(other_id)
        elif user_id in self.added:
            self.added[user_id].discard(other_id)

    def restore(self, added: dict[int, SortedIds], removed: dict[int, set[int]]) -> None:
        """What had changed when a snapshot was made."""
        self.added, self.removed = added, removed
        for user_id in (*added, *removed):
            self._note(user_id)

    def has(self, user_id: int, other_id: int) -> bool:
        if user_id in self.added and other_id in self.added[user_id]:
            return True
        return self._is_loaded(user_id, other_id) and other_id not in self.removed.get(user_id, ())

    def has_many(self, indexes: Indexes, others: Indexes) -> npt.NDArray[np.bool_]:
        """Of each pair of indexes whether the second is in the first's list: one binary search for all of them."""
        listed = self.others if len(self.others) else np.zeros(1, np.int32)
        last = len(self.starts) - 1
        low, end = self.starts[np.minimum(indexes, last)], self.starts[np.minimum(indexes + 1, last)]
        high = end.copy()
        while (low < high).any():
            middle = (low + high) >> 1
            is_below = (low < high) & (listed[np.minimum(middle, len(listed) - 1)] < others)
            low, high = np.where(is_below, middle + 1, low), np.where(is_below | (low >= high), high, middle)
        found = (low < end) & (listed[np.minimum(low, len(listed) - 1)] == others)
        for place in self._places_changed(indexes):
            found[place] = self.has(self._accounts.id(int(indexes[place])), self._accounts.id(int(others[place])))
        return np.asarray(found)

    def degree(self, user_id: int) -> int:
        loaded = len(self._loaded(user_id)) - len(self.removed.get(user_id, ()))
        return loaded + len(self.added.get(user_id, ()))

    def above(self, user_id: int, after_id: int, limit: int) -> list[int]:
        row, gone = self._loaded(user_id), self.removed.get(user_id, ())
        first = int(np.searchsorted(row, max(after_id - FIRST_ID, -1) // ID_STEP + 1))
        loaded: list[int] = (FIRST_ID + ID_STEP * row[first : first + limit + len(gone)].astype(np.int64)).tolist()
        if user_id not in self.added and not gone:
            return loaded[:limit]
        kept = [other_id for other_id in loaded if other_id not in gone]
        added = self.added.get(user_id, SortedIds()).above(after_id, limit)
        return list(islice(heapq.merge(kept, added), limit))

    def degrees(self, indexes: npt.NDArray[Any]) -> Indexes:
        """How many each has."""
        counts = self._loaded_counts(indexes)
        for place in self._places_changed(indexes):
            counts[place] = self.degree(self._accounts.id(int(indexes[place])))
        return counts

    def gather(self, indexes: npt.NDArray[Any]) -> tuple[Indexes, Indexes]:
        """The lists of many as indexes, one after the other, and how long each is."""
        changed = self._places_changed(indexes)
        if not changed:
            counts = self._loaded_counts(indexes)
            return self._loaded_of(indexes, counts), counts
        parts = [self.of(int(index)) for index in indexes]
        counts = np.array([len(part) for part in parts], np.int64)
        return np.concatenate(parts) if parts else np.zeros(0, np.int64), counts

    def of(self, index: int) -> Indexes:
        """One list as indexes."""
        if index not in self._changed and index + 1 < len(self.starts):
            return self.others[self.starts[index] : self.starts[index + 1]].astype(np.int64)
        user_id = self._accounts.id(index)
        return self._accounts.indexes(np.array(self.above(user_id, -1, self.degree(user_id) + 1), np.int64))

    def _loaded_of(self, indexes: npt.NDArray[Any], counts: Indexes) -> Indexes:
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        firsts = self.starts.take(np.minimum(indexes, len(self.starts) - 1))
        found: Indexes = self.others.take(np.arange(total) + np.repeat(firsts - (ends - counts), counts)).astype(
            np.int64
        )
        return found

    def _loaded_counts(self, indexes: npt.NDArray[Any]) -> Indexes:
        last = len(self.starts) - 1
        counts: Any = self.starts.take(np.minimum(indexes + 1, last)) - self.starts.take(np.minimum(indexes, last))
        return np.asarray(counts)

    def _places_changed(self, indexes: npt.NDArray[Any]) -> list[int]:
        if not self._changed:
            return []
        return [place for place, index in enumerate(indexes.tolist()) if index in self._changed]

    def _note(self, user_id: int) -> None:
        self._changed.add(self._accounts.reserve(user_id))

    def _loaded(self, user_id: int) -> npt.NDArray[np.int32]:
        index = self._accounts.index(user_id)
        if index is None or index + 1 >= len(self.starts):
            return self.others[:0]
        return self.others[self.starts[index] : self.starts[index + 1]]

    def _is_loaded(self, user_id: int, other_id: int) -> bool:
        other = self._accounts.index(other_id)
        if other is None or other + 1 >= len(self.starts):
            return False
        row = self._loaded(user_id)
        place = int(np.searchsorted(row, other))
        return place < len(row) and int(row[place]) == other
