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
# BEGIN SOLUTION
MARK = b""
NO_LEASE = b""
# END SOLUTION


class AsideCache:
    """Cache-aside over `redis` (no response decoding). Laws: `twitterlab.parts.cache.Cache`."""

    def __init__(self, redis: Any, clock: Any, chance: Any) -> None:
        self._redis = redis
        self._clock = clock
        self._chance = chance
        self._lost = LostWrites(redis, clock)
        # BEGIN SOLUTION
        self._flights: dict[str, tuple[bytes, asyncio.Task[Sequence[bytes]]]] = {}
        # END SOLUTION

    async def get(self, entry: Entry, load: Load, limit: int = TIMELINE_LIMIT) -> Sequence[bytes]:
        """The first `limit` members of `entry`, from the cache or by `load`. Laws 1 to 4 and 6."""
        # BEGIN SOLUTION: look; on a miss take the lease with SET NX and load, or wait for who has it
        key = key_of(entry)
        try:
            while True:
                members, holder = await self._look(key, limit)
                if members is not None:
                    return members[:limit]
                flight = self._flights.get(key)
                if flight and flight[0] == holder:
                    break  # who loads is in this process
                token = str(self._chance.random()).encode()
                if holder is None and await self._redis.set(lease_of(key), token, nx=True, px=LEASE_MS):
                    flight = self._start(key, token, entry, load)
                    break
                await self._clock.sleep_ms(POLL_MS + self._chance.below(POLL_MS))
        except DOWN:
            flight = self._flights.get(key) or self._start(key, NO_LEASE, entry, load)
        return list(await asyncio.shield(flight[1]))[:limit]
        # END SOLUTION

    async def add(self, entries: Sequence[Entry], member: bytes) -> None:
        """Write through: `member` is now the newest of each of `entries`. Laws 4 to 6."""
        # BEGIN SOLUTION: end the leases first, then LREM, LPUSHX and LTRIM in one pipeline a batch
        for batch in batches(entries):
            keys = [key_of(entry) for entry in batch]
            pipe = self._redis.pipeline(transaction=False)
            pipe.delete(*map(lease_of, keys))
            for entry, key in zip(batch, keys, strict=True):
                pipe.lrem(key, 1, b"+" + member)
                pipe.lpushx(key, b"+" + member)
                if entry.kind in (Kind.HOME, Kind.AUTHOR):
                    pipe.ltrim(key, 0, TIMELINE_LIMIT - 1)
            await self._write(keys, pipe)
        # END SOLUTION

    async def forget(self, entries: Sequence[Entry]) -> None:
        """Invalidate: the next `get` of any of `entries` loads. Laws 4 and 6."""
        # BEGIN SOLUTION: delete entry and lease together; what could not be deleted is lost
        for batch in batches(entries):
            keys = [key_of(entry) for entry in batch]
            pipe = self._redis.pipeline(transaction=False)
            pipe.delete(*keys, *map(lease_of, keys))
            await self._write(keys, pipe)
        # END SOLUTION

    # BEGIN SOLUTION
    async def _look(self, key: str, limit: int) -> tuple[list[bytes] | None, bytes | None]:
        """The members, None if not cached, and who holds the lease."""
        await self._lost.make_good(key)
        pipe = self._redis.pipeline(transaction=False)
        pipe.get(lease_of(key))
        pipe.lrange(key, 0, limit)  # one more than asked: it may be the mark
        holder, found = await pipe.execute()
        return ([item[1:] for item in found if item != MARK] if found else None), holder

    def _start(self, key: str, token: bytes, entry: Entry, load: Load) -> tuple[bytes, asyncio.Task[Sequence[bytes]]]:
        """A load of its own: a reader that goes away does not take it along."""
        flight = (token, asyncio.create_task(self._load(key, token, entry, load)))
        self._flights[key] = flight
        return flight

    async def _load(self, key: str, token: bytes, entry: Entry, load: Load) -> Sequence[bytes]:
        members: Sequence[bytes] | None = None
        try:
            members = await load()
            return members
        finally:
            if token != NO_LEASE:
                await self._fill(key, token, entry, members)
            if self._flights.get(key, (None,))[0] == token:
                del self._flights[key]

    async def _fill(self, key: str, token: bytes, entry: Entry, members: Sequence[bytes] | None) -> None:
        """Keep `members` and end the lease, all or nothing, if the lease is still ours."""
        limit = TIMELINE_LIMIT if entry.kind in (Kind.HOME, Kind.AUTHOR) else None
        ttl_s = HOME_TTL_S[entry.activity] if entry.kind is Kind.HOME else TTL_S[entry.kind]
        try:
            async with self._redis.pipeline(transaction=True) as pipe:
                await pipe.watch(lease_of(key))
                if await pipe.get(lease_of(key)) != token or key in self._lost:
                    return
                pipe.multi()
                pipe.delete(lease_of(key))
                if members is not None:
                    pipe.delete(key)
                    pipe.rpush(key, *[b"+" + member for member in members[:limit]], MARK)
                    pipe.pexpire(key, ttl_s * 1000)
                await pipe.execute()
        except (WatchError, *DOWN):
            return

    async def _write(self, keys: Sequence[str], pipe: Any) -> None:
        """Run `pipe`; a reader from now on joins no load that began before."""
        for key in keys:
            self._flights.pop(key, None)
        try:
            await self._lost.make_good()
            await pipe.execute()
        except DOWN:
            self._lost.add(keys)

    # END SOLUTION


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
