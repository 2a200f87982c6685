"""Home timelines over the Redis protocol: one sorted set a user.

Every member has score 0, so Redis orders them by their bytes, and ids keep all 64 bits (a score is a
double and would keep 53). A member is 8 bytes of id, big-endian, and a mark of who brought it. The
sentinel, which sorts last, holds the floor: every id at or above it is known. It lives in the same key, so
eviction takes both. Source: Redis documentation, "Sorted sets", section "Lexicographical ordering".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redis.exceptions import WatchError

from twitterlab.storage.timelines.memory import CAPACITY

_PUSHED, _FILLED, _SENTINEL = b"p", b"f", b"\xff"
_CHUNK = 500  # users a pipeline


def _bytes(id_: int) -> bytes:
    return id_.to_bytes(8, "big")


def _id(member: bytes) -> int:
    return int.from_bytes(member[:8], "big")


class RedisTimelines:
    """`Timelines` on a `redis.asyncio` client without response decoding."""

    def __init__(self, redis: Any, capacity: int = CAPACITY, prefix: str = "timeline:") -> None:
        self.capacity = capacity
        self._redis = redis
        self._prefix = prefix

    def _key(self, user_id: int) -> str:
        return f"{self._prefix}{user_id}"

    async def push(self, user_ids: Sequence[int], tweet_id: int) -> None:
        member = _bytes(tweet_id)
        for start in range(0, len(user_ids), _CHUNK):
            async with self._redis.pipeline(transaction=True) as pipe:
                for user_id in user_ids[start : start + _CHUNK]:
                    key = self._key(user_id)
                    pipe.zrem(key, member + _FILLED)
                    pipe.zadd(key, {member + _PUSHED: 0})
                    pipe.zremrangebyrank(key, 0, -(self.capacity + 2))  # one more for the sentinel
                await pipe.execute()

    async def missing(self, user_ids: Sequence[int], tweet_id: int) -> list[int]:
        lacking: list[int] = []
        low, high = b"[" + _bytes(tweet_id), b"[" + _bytes(tweet_id) + _SENTINEL
        for start in range(0, len(user_ids), _CHUNK):
            chunk = user_ids[start : start + _CHUNK]
            async with self._redis.pipeline(transaction=False) as pipe:
                for user_id in chunk:
                    pipe.zlexcount(self._key(user_id), low, high)
                counts = await pipe.execute()
            lacking.extend(user_id for user_id, count in zip(chunk, counts, strict=True) if not count)
        return lacking

    async def page(self, user_id: int, before_id: int, limit: int) -> list[int] | None:
        key = self._key(user_id)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.zrange(key, -1, -1)
            pipe.zrange(key, 0, 0)
            pipe.zcard(key)
            top = b"(" + _bytes(min(before_id, 2**63 - 1))
            pipe.zrevrangebylex(key, top, b"-", 0, limit)
            last, first, size, members = await pipe.execute()
        if not last or last[0][:1] != _SENTINEL:
            return None
        floor = int.from_bytes(last[0][1:], "big")
        if size > self.capacity:  # full: something may have been trimmed
            floor = max(floor, _id(first[0]))
        found = [id_ for id_ in map(_id, members) if id_ >= floor]
        return found if len(found) == limit or floor == 0 else None

    async def fill(self, user_id: int, tweet_ids: Sequence[int], is_whole: bool) -> None:
        key = self._key(user_id)
        floor = 0 if is_whole else min(tweet_ids, default=2**63 - 1)
        async with self._redis.pipeline(transaction=True) as pipe:
            while True:
                await pipe.watch(key)
                known = [member for member in await pipe.zrange(key, 0, -1) if member[:1] != _SENTINEL]
                pushed = {_id(member) for member in known if member[8:] == _PUSHED}
                members = {_bytes(id_) + _PUSHED: 0 for id_ in pushed}
                members |= {_bytes(id_) + _FILLED: 0 for id_ in tweet_ids if id_ not in pushed}
                members[_SENTINEL + floor.to_bytes(8, "big")] = 0
                pipe.multi()
                pipe.delete(key)
                pipe.zadd(key, members)
                pipe.zremrangebyrank(key, 0, -(self.capacity + 2))
                try:
                    await pipe.execute()
                except WatchError:
                    continue
                return

    async def forget(self, user_ids: Sequence[int]) -> None:
        for start in range(0, len(user_ids), _CHUNK):
            await self._redis.delete(*map(self._key, user_ids[start : start + _CHUNK]))
