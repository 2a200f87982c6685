"""The other way to acknowledge a post: by the event log alone, without SQL. It shows what asynchronous replication loses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from redis import RedisError

STREAM = "{events}:alone"
"""Beside the event log, which is where a drill breaks."""


class LogAlone:
    """The other way to acknowledge: every tweet that is posted goes to a stream as well, and counts as acknowledged
    when one server says so."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._under_way: set[asyncio.Task[None]] = set()
        self.acknowledged: set[int] = set()
        self.refused = 0

    def posted(self, tweet_id: int) -> None:
        """In the background: the post waits for its own way only."""
        task = asyncio.ensure_future(self._append(tweet_id))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def lost(self) -> int:
        """How many acknowledged tweets are not in the stream."""
        await asyncio.gather(*self._under_way)
        kept = {int(fields[b"id"]) for _, fields in await self._redis.xrange(STREAM)}
        return len(self.acknowledged - kept)

    async def _append(self, tweet_id: int) -> None:
        try:
            await self._redis.xadd(STREAM, {"id": tweet_id})
        except (RedisError, OSError):
            self.refused += 1
            return
        self.acknowledged.add(tweet_id)


class TweetsTold:
    """`Tweets` that tells of every tweet that was committed."""

    def __init__(self, tweets: Any, posted: Callable[[int], None]) -> None:
        self._tweets, self._posted = tweets, posted

    async def add(self, tweet: Any, *more: Any) -> Any:
        answer = await self._tweets.add(tweet, *more)
        self._posted(tweet.id)
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tweets, name)
