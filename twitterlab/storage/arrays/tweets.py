"""Tweets over records: the memory engine's, with the counters kept inside the records."""

from __future__ import annotations

from collections.abc import Sequence

from twitterlab.model.tweet import Tweet
from twitterlab.parts.queue import Event
from twitterlab.storage.arrays.state import ArrayState
from twitterlab.storage.tweets.memory import MemoryTweets


class ArrayTweets(MemoryTweets):
    """`Tweets` of the engine `arrays`."""

    def __init__(self, state: ArrayState) -> None:
        super().__init__(state)
        self._arrays = state

    async def add(self, tweet: Tweet, mentions: Sequence[int] = (), event: Event | None = None) -> None:
        await super().add(tweet, mentions, event)
        for counts in await self.counts([tweet.id]):  # its replies may have come before it
            for counter, number in (
                ("likes", counts.likes),
                ("retweets", counts.retweets),
                ("replies", counts.replies),
            ):
                self._arrays.counted(tweet.id, counter, number)
        self._tie(tweet, 1)

    async def many(self, tweet_ids: Sequence[int]) -> list[Tweet]:
        return self._arrays.rows.many(tweet_ids) if tweet_ids else []

    async def delete(self, author_id: int, tweet_id: int, event: Event | None = None) -> bool:
        tweet = self._arrays.tweets.get(tweet_id)
        was_there = await super().delete(author_id, tweet_id, event)
        if was_there and tweet is not None:
            self._tie(tweet, -1)
        return was_there

    async def like(self, user_id: int, tweet_id: int, at_ms: int, event: Event | None = None) -> bool:
        is_new = await super().like(user_id, tweet_id, at_ms, event)
        self._arrays.counted(tweet_id, "likes", int(is_new))
        return is_new

    async def unlike(self, user_id: int, tweet_id: int) -> bool:
        was_there = await super().unlike(user_id, tweet_id)
        self._arrays.counted(tweet_id, "likes", -int(was_there))
        return was_there

    def _tie(self, tweet: Tweet, by: int) -> None:
        for subject_id, counter in ((tweet.reply_to, "replies"), (tweet.retweet_of, "retweets")):
            if subject_id is not None:
                self._arrays.counted(subject_id, counter, by)
