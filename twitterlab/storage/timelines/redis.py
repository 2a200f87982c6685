"""Home timelines over the Redis protocol: one sorted set a user.

Every member has score 0, so Redis orders them by their bytes, and ids keep all 64 bits (a score is a
double and would keep 53). A member is 8 bytes of id, big-endian, and a mark of who brought it. The
sentinel, which sorts last, holds the floor: every id at or above it is known. It lives in the same key, so
eviction takes both. Source: Redis documentation, "Sorted sets", section "Lexicographical ordering".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from redis.exceptions import RedisError, ResponseError, WatchError

from twitterlab.errors import Uncertain
from twitterlab.storage.timelines.memory import CAPACITY

_PUSHED, _FILLED, _SENTINEL = b"p", b"f", b"\xff"
_CHUNK = 500  # users a pipeline
PUSH = """
for _, key in ipairs(KEYS) do
  redis.call('ZREM', key, ARGV[1] .. 'f')
  redis.call('ZADD', key, 0, ARGV[1] .. 'p')
  redis.call('ZREMRANGEBYRANK', key, 0, ARGV[2])
end
"""
_TRIES = 20  # then the timeline stays unbuilt, and the next reader tries


def _bytes(id_: int) -> bytes:
    return id_.to_bytes(8, "big")


def _id(member: bytes) -> int:
    return int.from_bytes(member[:8], "big")


@contextmanager
def _in_reach() -> Iterator[None]:
    """Uncertain where the server does not answer."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise Uncertain(f"home timelines do not answer: {error}") from error


class RedisTimelines:
    """`Timelines` on a `redis.asyncio` client without response decoding."""

    def __init__(self, redis: Any, capacity: int = CAPACITY, prefix: str = "timeline:") -> None:
        self.capacity = capacity
        self._redis = redis
        self._prefix = prefix
        self._script = redis.register_script(PUSH)
        self._has_lua = True

    def _key(self, user_id: int) -> str:
        return f"{self._prefix}{user_id}"

    async def push(self, user_ids: Sequence[int], tweet_id: int) -> None:
        for start in range(0, len(user_ids), _CHUNK):
            with _in_reach():
                await self._push([self._key(id_) for id_ in user_ids[start : start + _CHUNK]], _bytes(tweet_id))

    async def _push(self, keys: Sequence[str], member: bytes) -> None:
        """One command that loops in the server; where it has no Lua (fakeredis), three commands a timeline."""
        last_rank = -(self.capacity + 2)  # one more for the sentinel
        if self._has_lua:
            try:
                await self._script(keys=keys, args=[member, last_rank])
                return
            except ResponseError as error:
                if "unknown command" not in str(error):
                    raise
                self._has_lua = False
        pipe = self._redis.pipeline(transaction=True)
        for key in keys:
            pipe.zrem(key, member + _FILLED)
            pipe.zadd(key, {member + _PUSHED: 0})
            pipe.zremrangebyrank(key, 0, last_rank)
        await pipe.execute()

    async def missing(self, user_ids: Sequence[int], tweet_id: int) -> list[int]:
        lacking: list[int] = []
        low, high = b"[" + _bytes(tweet_id), b"[" + _bytes(tweet_id) + _SENTINEL
        for start in range(0, len(user_ids), _CHUNK):
            chunk = user_ids[start : start + _CHUNK]
            pipe = self._redis.pipeline(transaction=False)
            for user_id in chunk:
                pipe.zlexcount(self._key(user_id), low, high)
            with _in_reach():
                counts = await pipe.execute()
            lacking.extend(user_id for user_id, count in zip(chunk, counts, strict=True) if not count)
        return lacking

    async def page(self, user_id: int, before_id: int, limit: int) -> list[int] | None:
        key = self._key(user_id)
        pipe = self._redis.pipeline(transaction=True)
        pipe.zrange(key, -1, -1)
        pipe.zrange(key, 0, 0)
        pipe.zcard(key)
        top = b"(" + _bytes(min(before_id, 2**63 - 1))
        pipe.zrevrangebylex(key, top, b"-", 0, limit)
        try:
            last, first, size, members = await pipe.execute()
        except (RedisError, OSError):
            return None
        if not last or last[0][:1] != _SENTINEL:
            return None
        floor = int.from_bytes(last[0][1:], "big")
        if size > self.capacity:  # full: something may have been trimmed
            floor = max(floor, _id(first[0]))
        found = [id_ for id_ in map(_id, members) if id_ >= floor]
        return found if len(found) == limit or floor == 0 else None

    async def fill(self, user_id: int, tweet_ids: Sequence[int], is_whole: bool) -> None:
        floor = 0 if is_whole else min(tweet_ids, default=2**63 - 1)
        with suppress(RedisError, OSError):
            async with self._redis.pipeline(transaction=True) as pipe:
                for _ in range(_TRIES):  # somebody may push in between
                    if await self._replaced(pipe, self._key(user_id), tweet_ids, floor):
                        return

    async def _replaced(self, pipe: Any, key: str, tweet_ids: Sequence[int], floor: int) -> bool:
        """Put `tweet_ids` in the place of what an earlier source brought. False if the timeline changed meanwhile."""
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
            return False
        return True

    async def forget(self, user_ids: Sequence[int]) -> None:
        for start in range(0, len(user_ids), _CHUNK):
            with _in_reach():
                await self._redis.delete(*map(self._key, user_ids[start : start + _CHUNK]))
