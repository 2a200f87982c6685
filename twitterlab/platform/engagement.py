"""Engagement: events of the log become what analytics count.

A worker tells a round's events at once, after they were delivered and before the outbox may forget them: a worker that
dies in between tells them again, and they are counted once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from twitterlab.errors import Refused
from twitterlab.model.engagement import Engagement, HourCount, TagCount
from twitterlab.model.tweet import Tweet
from twitterlab.parts.given import Clock
from twitterlab.parts.queue import Event
from twitterlab.platform import cursors, text
from twitterlab.storage.analytics.port import HOUR_MS, Analytics
from twitterlab.storage.stores import Stores

MAX_HOURS = 24 * 90


class Engagements:
    """Both ends of analytics: what is recorded, and what is asked. Without an engine for it, nothing and nobody."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores, self._clock = stores, clock

    async def record(self, events: Sequence[Event]) -> None:
        """Posts count when they were made; likes and follows, whose events carry no time, when they are told."""
        if self._stores.analytics is None:
            return
        tweets = await self._shown(event.subject_id for event in events if event.kind in ("posted", "liked"))
        told = (self._engagement(event, tweets) for event in events)
        await self._stores.analytics.record([one for one in told if one is not None])

    async def by_hour(self, hours: int, tag: str | None) -> list[HourCount]:
        """The last `hours` hours, the one of now included. `Refused(kind="invalid")` for too many."""
        return await self._engine().by_hour(self._since_ms(hours), self._clock.now_ms() + 1, tag)

    async def top_tags(self, hours: int, limit: int) -> list[TagCount]:
        """The tags with the most engagements in the last `hours` hours."""
        cursors.check_limit(limit)
        return await self._engine().top_tags(self._since_ms(hours), self._clock.now_ms() + 1, limit)

    def _engine(self) -> Analytics:
        if self._stores.analytics is None:
            raise Refused("nobody counts here: no engine for analytics was chosen", "unavailable")
        return self._stores.analytics

    def _since_ms(self, hours: int) -> int:
        if not 1 <= hours <= MAX_HOURS:
            raise Refused(f"ask for 1 to {MAX_HOURS} hours")
        return (self._clock.now_ms() // HOUR_MS - hours + 1) * HOUR_MS

    async def _shown(self, tweet_ids: Iterable[int]) -> dict[int, tuple[Tweet, tuple[str, ...]]]:
        """The tweets, each with the tags of what it shows: of a retweet, those of the original."""
        tweets = {tweet.id: tweet for tweet in await self._stores.tweets.many(list(dict.fromkeys(tweet_ids)))}
        origins = [tweet.retweet_of for tweet in tweets.values() if tweet.retweet_of is not None]
        originals = {tweet.id: tweet for tweet in (await self._stores.tweets.many(origins) if origins else ())}
        return {id_: (tweet, _tags(originals.get(tweet.retweet_of or 0, tweet))) for id_, tweet in tweets.items()}

    def _engagement(self, event: Event, tweets: dict[int, tuple[Tweet, tuple[str, ...]]]) -> Engagement | None:
        if event.kind == "followed":
            return Engagement(event.id, "follow", self._clock.now_ms())
        if event.subject_id not in tweets:
            return None
        tweet, tags = tweets[event.subject_id]
        if event.kind == "liked":
            return Engagement(event.id, "like", self._clock.now_ms(), tags)
        return Engagement(event.id, _kind(tweet), tweet.created_ms, tags)


def _kind(tweet: Tweet) -> str:
    if tweet.retweet_of is not None:
        return "retweet"
    if tweet.reply_to is not None:
        return "reply"
    return "quote" if tweet.quote_of is not None else "post"


def _tags(tweet: Tweet) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag.text.lower() for tag in text.parse(tweet.text).hashtags))
