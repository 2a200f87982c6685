"""Writing: tweets, retweets, likes. One transaction commits the change and its event; then it is acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redis import RedisError

from twitterlab.errors import Refused
from twitterlab.model.tweet import Tweet
from twitterlab.parts.given import Clock
from twitterlab.parts.queue import Event
from twitterlab.platform import text as rules
from twitterlab.platform.ids import Ids
from twitterlab.platform.people import People
from twitterlab.platform.timelines import HomeTimelines
from twitterlab.storage.stores import Stores

KEY_TTL_S = 86_400
MAX_KEY = 100
MAX_MEDIA = 4


class Writer:
    """Every change to tweets."""

    def __init__(
        self, stores: Stores, redis: Any, ids: Ids, clock: Clock, people: People, timelines: HomeTimelines
    ) -> None:
        self._stores, self._redis, self._ids, self._clock = stores, redis, ids, clock
        self._people, self._timelines = people, timelines

    async def post(
        self,
        me: int,
        text: str,
        reply_to: int | None = None,
        quote_of: int | None = None,
        media: Sequence[str] = (),
        key: str | None = None,
    ) -> Tweet:
        rules.validate(text)
        if len(media) > MAX_MEDIA:
            raise Refused(f"a tweet has at most {MAX_MEDIA} pictures")
        for subject_id in (reply_to, quote_of):
            if subject_id is not None:
                await self._people.refuse_blocked(me, (await self.tweet(subject_id)).author_id)
        tweet_id = await self._reserve(me, key)
        tweet = Tweet(tweet_id, me, text, self._clock.now_ms(), reply_to, None, quote_of, tuple(media))
        return await self._add(tweet, may_be_there=key is not None)

    async def refuse_replies(self, author_ids: Sequence[int], reply_to: Sequence[int]) -> None:
        """`Refused` where one of these tweets is not there, or its author and who replies block each other."""
        wanted = {subject_id for subject_id in reply_to if subject_id}
        authors = {tweet.id: tweet.author_id for tweet in await self._stores.tweets.many(sorted(wanted))}
        for author_id, subject_id in zip(author_ids, reply_to, strict=True):
            if subject_id and subject_id not in authors:
                raise Refused("no such tweet", kind="missing")
            if subject_id:
                await self._people.refuse_blocked(author_id, authors[subject_id])

    async def retweet(self, me: int, tweet_id: int) -> Tweet:
        """A retweet of a retweet is one of the original; a second one answers with the first."""
        original = await self.tweet(tweet_id)
        if original.retweet_of is not None:
            original = await self.tweet(original.retweet_of)
        await self._people.refuse_blocked(me, original.author_id)
        known = await self._stores.tweets.retweeted(me, [original.id])
        if original.id in known:
            return await self.tweet(known[original.id])
        retweet = Tweet(await self._ids.next(), me, "", self._clock.now_ms(), retweet_of=original.id)
        return await self._add(retweet, may_be_there=False)

    async def undo_retweet(self, me: int, tweet_id: int) -> bool:
        known = await self._stores.tweets.retweeted(me, [tweet_id])
        return tweet_id in known and await self.delete(me, known[tweet_id])

    async def delete(self, me: int, tweet_id: int) -> bool:
        """False where there is no such tweet; another's is `Refused(kind="forbidden")`."""
        for tweet in await self._stores.tweets.many([tweet_id]):
            if tweet.author_id != me:
                raise Refused("this tweet is another's", "forbidden")
        return await self._stores.tweets.delete(me, tweet_id, Event(await self._ids.next(), "deleted", me, tweet_id))

    async def like(self, me: int, tweet_id: int) -> bool:
        tweet = await self.tweet(tweet_id)
        await self._people.refuse_blocked(me, tweet.author_id)
        event = Event(await self._ids.next(), "liked", me, tweet_id)
        return await self._stores.tweets.like(me, tweet_id, self._clock.now_ms(), event)

    async def unlike(self, me: int, tweet_id: int) -> bool:
        return await self._stores.tweets.unlike(me, tweet_id)

    async def tweet(self, tweet_id: int) -> Tweet:
        """The tweet; `Refused(kind="missing")` where there is none."""
        for tweet in await self._stores.tweets.many([tweet_id]):
            return tweet
        raise Refused(f"there is no tweet {tweet_id}", "missing")

    async def _add(self, tweet: Tweet, may_be_there: bool) -> Tweet:
        mentions = []
        for handle in dict.fromkeys(mention.text.lower() for mention in rules.parse(tweet.text).mentions):
            user = await self._stores.users.by_handle(handle)
            if user is not None:
                mentions.append(user.id)
        event = Event(tweet.id, "posted", tweet.author_id, tweet.id)
        try:
            await self._stores.tweets.add(tweet, mentions, event)
        except Refused as refused:
            if not (may_be_there and refused.kind == "taken"):
                raise
            return await self.tweet(tweet.id)
        self._timelines.posted(tweet.author_id, tweet.id)
        return tweet

    async def _reserve(self, me: int, key: str | None) -> int:
        """An id of its own for every key: a retry posts under the same id, so the store tells it is there.

        Redis remembers keys for a day. While it is down a keyed post is refused rather than doubled.
        """
        tweet_id = await self._ids.next()
        if key is None:
            return tweet_id
        if not 1 <= len(key) <= MAX_KEY:
            raise Refused(f"a key is 1 to {MAX_KEY} characters")
        name = f"posted:{me}:{key}"
        try:
            if await self._redis.set(name, tweet_id, nx=True, ex=KEY_TTL_S):
                return tweet_id
            return int(await self._redis.get(name) or tweet_id)
        except (RedisError, OSError):
            raise Refused("keyed posts need Redis, which does not answer: try again", "unavailable") from None
