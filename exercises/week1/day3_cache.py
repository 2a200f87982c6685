"""Day 1.3, cache: cache-aside in Redis with leases, so that a popular answer is worked out once.

An entry is a Redis list, newest first, that ends in a mark: an empty answer is a list too, and
`LPUSHX` adds to what is cached and creates nothing. A lease is a key beside it that holds the loader's
token; a write deletes it, and a loader without its lease keeps its answer out of the cache. The names
of keys, the batches and `LostWrites`, below, are given. Source: "Scaling Memcache at Facebook" (NSDI
2013), section 3.2.1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from redis import RedisError, WatchError

from twitterlab.parts.cache import HOME_TTL_S, TIMELINE_LIMIT, TTL_S, Entry, Kind, Load

BATCH_ENTRIES = 500
LEASE_MS = 10_000
"""A loader silent for longer is taken for dead, and another reader loads."""
POLL_MS = 20
"""Who waits for another process to load looks again after one to two of these, drawn by chance."""
DOWN = (RedisError, OSError)
"""What it means that Redis is down."""


class AsideCache:
    """Cache-aside over `redis` (no response decoding). Laws: `twitterlab.parts.cache.Cache`."""

    def __init__(self, redis: Any, clock: Any, chance: Any) -> None:
        self._redis = redis
        self._clock = clock
        self._chance = chance
        self._lost = LostWrites(redis, clock)

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
        # TODO(you): delete entry and lease together; what could not be deleted is lost
        raise NotImplementedError("delete entry and lease together; what could not be deleted is lost")


# Given from here on: how keys are called, and what Redis must still be told. There is nothing to change.


def key_of(entry: Entry) -> str:
    """Where an entry is kept. On a cluster the part in braces decides the node: its lease is there too."""
    return f"cache:{{{entry.kind.value}:{entry.id}}}"


def lease_of(key: str) -> str:
    """Where the lease on an entry is kept."""
    return f"{key}:lease"


def batches(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """So many at once that one pipeline does not hold up Redis for all others."""
    for first in range(0, len(entries), BATCH_ENTRIES):
        yield entries[first : first + BATCH_ENTRIES]


class LostWrites:
    """Entries that Redis may hold although they are wrong: it was down when a write came."""

    LONGEST_MS = 1000 * max(*TTL_S.values(), *HOME_TTL_S.values())
    """After it an entry is gone by itself, and need not be remembered."""

    def __init__(self, redis: Any, clock: Any) -> None:
        self._redis = redis
        self._clock = clock
        self._until_ms: dict[str, int] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._until_ms

    def add(self, keys: Sequence[str]) -> None:
        """A write of `keys` did not reach Redis."""
        now_ms = self._clock.now_ms()
        self._until_ms = {key: until_ms for key, until_ms in self._until_ms.items() if until_ms > now_ms}
        self._until_ms.update(dict.fromkeys(keys, now_ms + self.LONGEST_MS))

    async def make_good(self, key: str | None = None) -> None:
        """Delete `key` with its lease if it is one of them: raises one of `DOWN` as Redis does. Without a key, delete
        a batch of them if that can be done."""
        names = list(self._until_ms)[:BATCH_ENTRIES] if key is None else [key]
        batch = {name: self._until_ms[name] for name in names if name in self._until_ms}
        if not batch:
            return
        try:
            await self._redis.delete(*batch, *map(lease_of, batch))
        except DOWN:
            if key is not None:
                raise
            return  # who reads one of them tries again
        for one, until_ms in batch.items():
            if self._until_ms.get(one) == until_ms:  # else it was lost once more meanwhile
                del self._until_ms[one]
