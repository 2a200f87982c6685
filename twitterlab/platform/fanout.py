"""Fan-out: where the queue's events go. New tweets to timelines, cache and search; the rest to inboxes.

Everything but the append to a timeline is idempotent. Indexing and notifying come before it, so that an
event whose timelines were reached has done these as well; the cache is told after it, and told again when an
event comes a second time. A change of who follows whom makes the follower's timeline be built anew.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from twitterlab.errors import Refused
from twitterlab.model.message import Notification
from twitterlab.model.tweet import Tweet
from twitterlab.parts.cache import Cache, Entry, Kind
from twitterlab.parts.given import Clock
from twitterlab.parts.queue import Event
from twitterlab.platform import text
from twitterlab.platform.engagement import Engagements
from twitterlab.platform.feed import Feed
from twitterlab.platform.trends import Trends
from twitterlab.storage.outbox.port import Outbox
from twitterlab.storage.stores import Stores

FOLLOWERS_A_PAGE = 1_000
WATCHED_TWEETS = 10_000
"""For how many recent tweets a repeated delivery is noticed while running."""


class Fanout:
    """The deliveries of one worker. `delivered` and `repeated` count pairs of (user, tweet); `is_cut_off`: rows could
    not be written."""

    def __init__(self, stores: Stores, cache: Cache, trends: Trends, clock: Clock, feed: Feed) -> None:
        self._stores, self._cache, self._trends, self._clock, self._feed = stores, cache, trends, clock, feed
        self._reached: OrderedDict[int, set[int]] = OrderedDict()
        self._finished: list[Event] = []
        self._engagements = Engagements(stores, clock)
        self.delivered = 0
        self.repeated = 0
        self.is_cut_off = False

    def resume(self) -> None:
        """Rows can be written again."""
        self.is_cut_off = False

    async def recipients(self, event: Event) -> Sequence[int]:
        """Users this event must reach; never empty while its subject exists."""
        found = await self._recipients(event)
        if not found:
            self._finished.append(event)
        return found

    async def _recipients(self, event: Event) -> Sequence[int]:
        if event.kind == "posted":
            return [event.author_id, *await self._followers(event.author_id)]
        if event.kind == "followed":
            return [event.subject_id]
        if event.kind == "liked":
            tweets = await self._stores.tweets.many([event.subject_id])
            return [tweet.author_id for tweet in tweets if tweet.author_id != event.author_id]
        return [event.author_id]

    async def missing(self, event: Event, user_ids: Sequence[int]) -> Sequence[int]:
        """Those not reached yet. Only timelines tell; an inbox drops what it already holds."""
        if event.kind != "posted":
            return user_ids
        missing: list[int] = await self._stores.timelines.missing(user_ids, event.subject_id)
        if not missing:
            await self._derive_again(event)
            self._finished.append(event)
        if reached := set(user_ids).difference(missing):  # by one who may have died before the cache knew
            await self._show(sorted(reached), event.subject_id)
        return missing

    async def _derive_again(self, event: Event) -> None:
        """Everybody has it: from a worker that died since, or because they read before the worker came, and their
        timeline was built from the source. Only the first has indexed and notified, so both are done again."""
        for tweet in await self._stores.tweets.many([event.subject_id]):
            await self._derive(event, tweet)

    async def deliver(self, event: Event, user_ids: Sequence[int]) -> None:
        """Append for each user; see the module for the order."""
        try:
            await self._deliver(event, user_ids)
        except Refused as refused:
            self.is_cut_off = self.is_cut_off or refused.kind == "unavailable"
            raise
        self._finished.append(event)

    async def tell(self, outbox: Outbox) -> None:
        """Let the outbox forget what has been delivered, once what was derived from it is kept; what it could not be
        told, it is told the next time."""
        finished = tuple(self._finished)
        if finished:
            await self._engagements.record(finished)
            await self._stores.settle()
            await outbox.delivered([event.id for event in finished])
            del self._finished[: len(finished)]

    async def _deliver(self, event: Event, user_ids: Sequence[int]) -> None:
        if event.kind == "posted":
            tweets = await self._stores.tweets.many([event.subject_id])
            if tweets:
                await self._posted(event, tweets[0], user_ids)
        elif event.kind == "posted_many":
            if self._stores.batches is not None:
                self.delivered += self._stores.batches.fan_out(event.subject_id)
        elif event.kind == "deleted":
            await self._stores.search.remove(event.subject_id)
            await self._cache.forget([Entry(Kind.TWEET, event.subject_id), Entry(Kind.AUTHOR, event.author_id)])
        elif event.kind == "liked":
            await self._notify(event, "like", user_ids, event.subject_id)
        else:
            await self._stores.timelines.forget([event.author_id])
            await self._cache.forget([Entry(Kind.HOME, event.author_id)])
            if event.kind == "followed":
                await self._notify(event, "follow", user_ids, None)

    async def _derive(self, event: Event, tweet: Tweet) -> None:
        """What comes of a tweet beside timelines. Again, it changes nothing."""
        if tweet.retweet_of is None:
            await self._stores.search.index(tweet)
            self._trends.count(tweet.id, (tag.text for tag in text.parse(tweet.text).hashtags), tweet.created_ms)
        await self._notify_those_concerned(event, tweet)

    async def _posted(self, event: Event, tweet: Tweet, user_ids: Sequence[int]) -> None:
        await self._derive(event, tweet)
        await self._stores.timelines.push(user_ids, tweet.id)
        await self._show(user_ids, tweet.id)
        await self._cache.add([Entry(Kind.AUTHOR, tweet.author_id)], str(tweet.id).encode())
        self._watch(tweet.id, user_ids)
        for user_id in self._feed.known(user_ids):
            if tweet.author_id not in await self._stores.relations.hidden(user_id):
                self._feed.tell([user_id], "tweet", tweet.id, tweet.author_id)

    async def _show(self, user_ids: Sequence[int], tweet_id: int) -> None:
        """Put it in front of the home timelines that are cached."""
        await self._cache.add([Entry(Kind.HOME, user_id) for user_id in user_ids], str(tweet_id).encode())

    async def _notify_those_concerned(self, event: Event, tweet: Tweet) -> None:
        """One notification a person and tweet, by what concerns them most."""
        concerned: dict[int, str] = {}
        for kind, subject_id in (("reply", tweet.reply_to), ("retweet", tweet.retweet_of), ("quote", tweet.quote_of)):
            if subject_id is not None:
                for subject in await self._stores.tweets.many([subject_id]):
                    concerned.setdefault(subject.author_id, kind)
        for mention in text.parse(tweet.text).mentions:
            user = await self._stores.users.by_handle(mention.text)
            if user is not None:
                concerned.setdefault(user.id, "mention")
        concerned.pop(tweet.author_id, None)
        for kind in sorted(set(concerned.values())):
            await self._notify(event, kind, [user for user, why in concerned.items() if why == kind], tweet.id)

    async def _notify(self, event: Event, kind: str, user_ids: Sequence[int], tweet_id: int | None) -> None:
        """Leave out who hides the actor."""
        at_ms = self._clock.now_ms()
        notifications = [
            Notification(event.id, user_id, kind, event.author_id, tweet_id, at_ms)
            for user_id in user_ids
            if event.author_id not in await self._stores.relations.hidden(user_id)
        ]
        if notifications:
            await self._stores.notifications.add(notifications)
            told = [notification.user_id for notification in notifications]
            self._feed.tell(told, "notification", event.id, event.author_id)

    async def _followers(self, author_id: int) -> list[int]:
        followers: list[int] = []
        after_id = -1
        while page := await self._stores.follows.followers(author_id, after_id, FOLLOWERS_A_PAGE):
            followers.extend(page)
            after_id = page[-1]
        return followers

    def _watch(self, tweet_id: int, user_ids: Sequence[int]) -> None:
        reached = self._reached.setdefault(tweet_id, set())
        self.repeated += len(reached.intersection(user_ids))
        reached.update(user_ids)
        self.delivered += len(user_ids)
        if len(self._reached) > WATCHED_TWEETS:
            self._reached.popitem(last=False)
