"""Tweets and likes in memory."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from itertools import islice

from twitterlab.errors import Refused
from twitterlab.model.tweet import Tweet, TweetCounts
from twitterlab.parts.queue import Event
from twitterlab.storage.memory_state import MemoryState, SortedIds

_NONE = SortedIds()


class MemoryTweets:
    """`Tweets` over the shared dictionaries."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def add(self, tweet: Tweet, mentions: Sequence[int] = (), event: Event | None = None) -> None:
        state = self._state
        if tweet.id in state.tweets:
            raise Refused(f"tweet id {tweet.id} is taken", kind="taken")
        for user_id in (tweet.author_id, *mentions):
            if user_id not in state.users:
                raise Refused(f"no user {user_id}", kind="missing")
        if not tweet.text and tweet.retweet_of is None:
            raise Refused("a tweet needs a text")
        state.tweets[tweet.id] = tweet
        state.by_author[tweet.author_id].add(tweet.id)
        if tweet.reply_to is not None:
            state.replies[tweet.reply_to].add(tweet.id)
        if tweet.retweet_of is not None:
            state.retweets[tweet.retweet_of].add(tweet.id)
        for user_id in mentions:
            state.mentions[user_id].add(tweet.id)
        state.mentioned[tweet.id] = tuple(mentions)
        state.commit(event)

    async def delete(self, author_id: int, tweet_id: int, event: Event | None = None) -> bool:
        state = self._state
        tweet = state.tweets.get(tweet_id)
        if tweet is None or tweet.author_id != author_id:
            return False
        del state.tweets[tweet_id]
        state.by_author[author_id].discard(tweet_id)
        if tweet.reply_to is not None:
            state.replies[tweet.reply_to].discard(tweet_id)
        if tweet.retweet_of is not None:
            state.retweets[tweet.retweet_of].discard(tweet_id)
        for user_id in state.mentioned.pop(tweet_id, ()):
            state.mentions[user_id].discard(tweet_id)
        state.likers.pop(tweet_id, None)
        state.commit(event)
        return True

    async def many(self, tweet_ids: Sequence[int]) -> list[Tweet]:
        tweets = self._state.tweets
        return [tweets[tweet_id] for tweet_id in tweet_ids if tweet_id in tweets]

    async def home(self, user_id: int, before_id: int, limit: int) -> list[int]:
        state = self._state
        authors = (user_id, *state.following.get(user_id, _NONE).ids)
        newest = [state.by_author[author].below(before_id, limit) for author in authors if author in state.by_author]
        return list(islice(heapq.merge(*newest, reverse=True), limit))

    async def by_author(self, author_id: int, before_id: int, limit: int) -> list[int]:
        return self._state.by_author.get(author_id, _NONE).below(before_id, limit)

    async def mentions(self, user_id: int, before_id: int, limit: int) -> list[int]:
        return self._state.mentions.get(user_id, _NONE).below(before_id, limit)

    async def replies(self, tweet_id: int, before_id: int, limit: int) -> list[int]:
        return self._state.replies.get(tweet_id, _NONE).below(before_id, limit)

    async def like(self, user_id: int, tweet_id: int, at_ms: int, event: Event | None = None) -> bool:
        if tweet_id not in self._state.tweets:
            raise Refused(f"no tweet {tweet_id}", kind="missing")
        if user_id not in self._state.users:
            raise Refused(f"no user {user_id}", kind="missing")
        if user_id in self._state.likers[tweet_id]:
            return False
        self._state.likers[tweet_id].add(user_id)
        self._state.commit(event)
        return True

    async def unlike(self, user_id: int, tweet_id: int) -> bool:
        likers = self._state.likers.get(tweet_id, set())
        if user_id not in likers:
            return False
        likers.remove(user_id)
        return True

    async def liked(self, user_id: int, tweet_ids: Sequence[int]) -> set[int]:
        return {tweet_id for tweet_id in tweet_ids if user_id in self._state.likers.get(tweet_id, ())}

    async def retweeted(self, user_id: int, tweet_ids: Sequence[int]) -> dict[int, int]:
        state = self._state
        return {
            tweet_id: retweet_id
            for tweet_id in tweet_ids
            for retweet_id in state.retweets.get(tweet_id, _NONE).ids
            if state.tweets[retweet_id].author_id == user_id
        }

    async def counts(self, tweet_ids: Sequence[int]) -> list[TweetCounts]:
        state = self._state
        return [
            TweetCounts(*(len(of.get(tweet_id, ())) for of in (state.likers, state.retweets, state.replies)))
            for tweet_id in tweet_ids
        ]
