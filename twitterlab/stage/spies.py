"""Spies: they stand between the platform and what it calls, and count. What they count no part can embellish."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

from twitterlab.bench.oracle import Oracle
from twitterlab.parts.cache import TIMELINE_LIMIT, Cache, Entry, Kind, Load
from twitterlab.storage.timelines.port import Timelines

UNCOUNTED: ContextVar[bool] = ContextVar("UNCOUNTED", default=False)
"""Set in a task whose reads are the bench's own, not people's."""


class TimelineSpy:
    """`Timelines` that tells the oracle of every push."""

    def __init__(self, timelines: Timelines, oracle: Oracle) -> None:
        self._timelines, self._oracle = timelines, oracle
        self.capacity = timelines.capacity

    async def push(self, user_ids: Sequence[int], tweet_id: int) -> None:
        await self._timelines.push(user_ids, tweet_id)
        self._oracle.pushed(user_ids, tweet_id)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._timelines, name)


class CacheSpy:
    """A cache that counts reads of home timelines, and those of them that had to be worked out."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self.reads = 0
        self.loads = 0

    async def get(self, entry: Entry, load: Load, limit: int = TIMELINE_LIMIT) -> Sequence[bytes]:
        if entry.kind is not Kind.HOME or UNCOUNTED.get():
            return await self._cache.get(entry, load, limit)

        async def counted() -> Sequence[bytes]:
            self.loads += 1
            return await load()

        self.reads += 1
        return await self._cache.get(entry, counted, limit)

    async def add(self, entries: Sequence[Entry], member: bytes) -> None:
        await self._cache.add(entries, member)

    async def forget(self, entries: Sequence[Entry]) -> None:
        await self._cache.forget(entries)

    def hit_percent(self) -> float:
        """Reads answered without a load of their own; NaN without reads."""
        return 100 * (1 - self.loads / self.reads) if self.reads else float("nan")
