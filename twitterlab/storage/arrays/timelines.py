"""Home timelines over rings. One at a time as the port asks; in bulk through `batches`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from twitterlab.storage.arrays.accounts import Accounts
from twitterlab.storage.arrays.rings import BUILT, FAST, FAST_PAGE, FILLED, ROW, Rings
from twitterlab.storage.arrays.tweet_rows import TweetRows

CAPACITY = 62
"""Ids a timeline keeps: a ring of 63 entries and its header are four cache lines."""
NOWHERE = 2**63 - 1


class ArrayTimelines:
    """`Timelines` over rings: one entry more than `capacity`, for a timeline that is not built yet."""

    def __init__(self, accounts: Accounts, tweets: TweetRows, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self._accounts, self._tweets = accounts, tweets
        self.rings = Rings(accounts.users, capacity + 1)
        self.floors: dict[int, int] = {}  # index -> floor, where it is built and not whole

    async def push(self, user_ids: Sequence[int], tweet_id: int) -> None:
        row = self._tweets.reserve(tweet_id)
        users = self._accounts.indexes(np.unique(np.array(user_ids, np.int64)))
        if (users < 0).any():
            users = np.unique([self._accounts.reserve(user_id) for user_id in user_ids])
        if len(users):
            self.put(users, row)

    def put(self, users: npt.NDArray[np.int64], row: int) -> None:
        """Push one row to users that are all different."""
        self.rings.make_room(self._accounts.users)
        newest = self.rings.newest(users)
        if self._tweets.is_ordered:
            is_newer = newest < row
        else:
            ids = self._tweets.records["id"]
            is_newer = (newest == 0) | (ids[newest] < ids[row])
        newer = users[is_newer]
        self.rings.append(newer, np.full(len(newer), row, np.int32))
        for late in users[~is_newer].tolist():
            self.insert(late, row)

    async def missing(self, user_ids: Sequence[int], tweet_id: int) -> list[int]:
        row = self._tweets.row(tweet_id)
        if not row:
            return list(user_ids)
        return [user_id for user_id in user_ids if row not in self._kept(user_id)]

    async def page(self, user_id: int, before_id: int, limit: int) -> list[int] | None:
        user = self._accounts.index(user_id)
        if user is None or user >= len(self.rings.lines) or not self.rings.marks(user) & BUILT:
            return None
        ids = self._tweets.ids(self._rows(user))
        floor = self.floors.get(user, 0)
        found = [id_ for id_ in reversed(ids) if floor <= id_ < before_id][:limit]
        is_whole = floor == 0 and len(ids) < self.capacity
        return found if len(found) == limit or is_whole else None

    async def fill(self, user_id: int, tweet_ids: Sequence[int], is_whole: bool) -> None:
        user = self._accounts.reserve(user_id)
        self.rings.make_room(self._accounts.users)
        pushed = {entry for entry in self.rings.entries(user) if not entry & FILLED}
        filled = {self._tweets.reserve(tweet_id) for tweet_id in tweet_ids} - pushed
        marked = [*pushed, *(row | FILLED for row in filled)]
        ids = self._tweets.records["id"]
        marked.sort(key=lambda entry: int(ids[entry & ROW]))
        marks = BUILT | FAST * (is_whole or len(filled) + len(pushed) >= FAST_PAGE <= len(tweet_ids))
        self.rings.rewrite(user, marked[-self.capacity :], marks)
        self.floors.pop(user, None)
        if not is_whole:
            self.floors[user] = min(tweet_ids, default=NOWHERE)

    async def forget(self, user_ids: Sequence[int]) -> None:
        for user_id in user_ids:
            user = self._accounts.index(user_id)
            if user is not None and user < len(self.rings.lines):
                self.rings.rewrite(user, (), 0)
                self.floors.pop(user, None)

    def _rows(self, user: int) -> list[int]:
        """Rows kept, oldest first; a built timeline has one place less."""
        rows = [entry & ROW for entry in self.rings.entries(user)]
        return rows[-self.capacity :] if self.rings.marks(user) & BUILT else rows

    def _kept(self, user_id: int) -> list[int]:
        user = self._accounts.index(user_id)
        return [] if user is None or user >= len(self.rings.lines) else self._rows(user)

    def insert(self, user: int, row: int) -> None:
        """Put a row between those that are newer and those that are older; the oldest goes where there is no room."""
        ids, marks = self._tweets.records["id"], self.rings.marks(user)
        room = self.capacity + (not marks & BUILT)
        kept = [entry for entry in self.rings.entries(user)[-room:] if entry & ROW != row]
        place = len(kept)
        while place and ids[kept[place - 1] & ROW] > ids[row]:
            place -= 1
        kept.insert(place, row)
        self.rings.rewrite(user, kept[-room:], marks)
