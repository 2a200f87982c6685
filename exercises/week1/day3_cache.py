"""Day 1.3, cache: cache-aside in Redis with leases, so that a popular answer is worked out once.

An entry is a Redis list, newest first, that ends in a mark: an empty answer is a list too, and
`LPUSHX` adds to what is cached and creates nothing. A lease is a key beside it that holds the loader's
token; a write deletes it, and a loader without its lease keeps its answer out of the cache. Source:
"Scaling Memcache at Facebook" (NSDI 2013), section 3.2.1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from redis import RedisError, WatchError

from twitterlab.parts.cache import HOME_TTL_S, TIMELINE_LIMIT, TTL_S, Entry, Kind, Load


class AsideCache:
    """Cache-aside over `redis` (no response decoding). Laws: `twitterlab.parts.cache.Cache`."""

    def __init__(self, redis: Any, clock: Any, chance: Any) -> None:
        self._redis = redis
        self._clock = clock
        self._chance = chance

    async def get(self, entry: Entry, load: Load, limit: int = TIMELINE_LIMIT) -> Sequence[bytes]:
        """The first `limit` members of `entry`, from the cache or by `load`. Laws 1 to 4 and 6."""
        # TODO(you): look; on a miss take the lease with SET NX and load, or wait for who has it
        raise NotImplementedError("look; on a miss take the lease with SET NX and load, or wait for who has it")

    async def add(self, entries: Sequence[Entry], member: bytes) -> None:
        """Write through: `member` is now the newest of each of `entries`. Laws 4 to 6."""
        # TODO(you): end the leases first, then LREM, LPUSHX and LTRIM in one pipeline a batch
        raise NotImplementedError("end the leases first, then LREM, LPUSHX and LTRIM in one pipeline a batch")

    async def forget(self, entries: Sequence[Entry]) -> None:
        """Invalidate: the next `get` of any of `entries` loads. Laws 4 and 6."""
        # TODO(you): delete entry and lease together; remember what could not be deleted
        raise NotImplementedError("delete entry and lease together; remember what could not be deleted")
