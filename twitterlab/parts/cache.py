"""Slot `cache`: cache-aside in Redis, where a popular answer is kept so that it is not worked out twice.

A client part: it is given an async Redis client, a clock and chance, and runs alike on virtual
time over fakeredis and live over Valkey. Sources: "Scaling Memcache at Facebook" (NSDI 2013) for
leases against stampedes and stale sets; the case study for lifetimes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol


class Kind(Enum):
    """What an entry holds. Every entry is a sequence of members (bytes), newest first."""

    HOME = "home"  # tweet ids of a home timeline, at most 800; `id` is the user
    AUTHOR = "author"  # tweet ids of a user's own page, at most 800; `id` is the user
    FOLLOWERS = "followers"  # follower ids of a popular user (> 10,000); `id` is the user
    TWEET = "tweet"  # one member, the encoded tweet, or none; `id` is the tweet


class Activity(Enum):
    """How often a user comes by: it decides how long their home timeline is kept."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Entry:
    """The name of one cached answer."""

    kind: Kind
    id: int
    activity: Activity = Activity.MEDIUM


HOME_TTL_S = {Activity.HIGH: 1800, Activity.MEDIUM: 900, Activity.LOW: 300}
TTL_S = {Kind.TWEET: 3600, Kind.AUTHOR: 900, Kind.FOLLOWERS: 3600}
TIMELINE_LIMIT = 800
"""A HOME or AUTHOR entry keeps this many of its newest members."""

Load = Callable[[], Awaitable[Sequence[bytes]]]
"""Works the answer out from the source of truth: members newest first. Slow; may raise."""


class Cache(Protocol):
    """Cache-aside, constructed as `AsideCache(redis, clock, chance)`.

    `redis` is a `redis.asyncio.Redis` without response decoding. Keys are the part's own choice.

    Laws:
      1. What is cached is answered without a load, an empty answer included.
      2. A stampede of N readers of one entry makes one load; all N get its answer or its error,
         and an error is not cached.
      3. An entry never outlives its lifetime (`TTL_S`, `HOME_TTL_S` by activity), however often it
         is read or added to.
      4. A write (`add` or `forget`) during a load does not leave a stale entry behind.
      5. `add` puts a member in front of those entries that are cached, once, keeps at most
         `TIMELINE_LIMIT` and creates nothing.
      6. Redis down (any `redis.RedisError` or `OSError`) means slower, not wrong: `get` loads,
         `add` and `forget` do not raise; entries whose `forget` or `add` was lost are not served
         once Redis is back.
    """

    async def get(self, entry: Entry, load: Load, limit: int = TIMELINE_LIMIT) -> Sequence[bytes]:
        """The first `limit` members of `entry`, from the cache or by `load`."""
        ...

    async def add(self, entries: Sequence[Entry], member: bytes) -> None:
        """Write through: `member` is now the newest of each of `entries`."""
        ...

    async def forget(self, entries: Sequence[Entry]) -> None:
        """Invalidate: the next `get` of any of `entries` loads."""
        ...


class NoCache:
    """Null part: every read is a load."""

    def __init__(self, redis: Any, clock: Any, chance: Any) -> None:
        return None

    async def get(self, entry: Entry, load: Load, limit: int = TIMELINE_LIMIT) -> Sequence[bytes]:
        return list(await load())[:limit]

    async def add(self, entries: Sequence[Entry], member: bytes) -> None:
        return None

    async def forget(self, entries: Sequence[Entry]) -> None:
        return None
