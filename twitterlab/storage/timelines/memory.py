"""Home timelines in memory."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from twitterlab.storage.memory_state import SortedIds

CAPACITY = 800
"""Ids a timeline keeps (Twitter kept 800: Krikorian, "Timelines at Scale", QCon 2012)."""


class _Timeline:
    """`floor`: every id at or above it is known, unless trimmed; None while unbuilt, 0 when whole."""

    __slots__ = ("filled", "floor", "ids")

    def __init__(self) -> None:
        self.ids = SortedIds()
        self.filled: frozenset[int] = frozenset()  # ids that only the source brought
        self.floor: int | None = None


class MemoryTimelines:
    """`Timelines` as sorted lists."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self._of: dict[int, _Timeline] = {}

    def _trim(self, timeline: _Timeline) -> None:
        """An unbuilt one keeps one more, as over the Redis protocol, where the place of its floor is still empty."""
        ids, room = timeline.ids.ids, self.capacity + (timeline.floor is None)
        if len(ids) > room:
            del ids[: len(ids) - room]

    async def push(self, user_ids: Sequence[int], tweet_id: int) -> None:
        for user_id in user_ids:
            timeline = self._of.setdefault(user_id, _Timeline())
            timeline.ids.add(tweet_id)
            timeline.filled -= {tweet_id}
            self._trim(timeline)

    async def missing(self, user_ids: Sequence[int], tweet_id: int) -> list[int]:
        return [user for user in user_ids if user not in self._of or tweet_id not in self._of[user].ids]

    async def page(self, user_id: int, before_id: int, limit: int) -> list[int] | None:
        timeline = self._of.get(user_id)
        if timeline is None or timeline.floor is None:
            return None
        ids = timeline.ids.ids
        end = bisect_left(ids, before_id)
        start = max(bisect_left(ids, timeline.floor), end - limit, 0)
        found = ids[start:end][::-1]
        is_whole = timeline.floor == 0 and len(ids) < self.capacity  # when full, something may have been trimmed
        return found if len(found) == limit or is_whole else None

    async def fill(self, user_id: int, tweet_ids: Sequence[int], is_whole: bool) -> None:
        timeline = self._of.setdefault(user_id, _Timeline())
        pushed = [id_ for id_ in timeline.ids.ids if id_ not in timeline.filled]
        timeline.ids.ids = sorted({*pushed, *tweet_ids})
        timeline.filled = frozenset(tweet_ids) - set(pushed)
        timeline.floor = 0 if is_whole else min(tweet_ids, default=2**63 - 1)
        self._trim(timeline)

    async def forget(self, user_ids: Sequence[int]) -> None:
        for user_id in user_ids:
            self._of.pop(user_id, None)
