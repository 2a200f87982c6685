"""The gateway: the client in process. It counts what a person does against the rate limits and times
every call with the meter part."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from twitterlab.errors import Refused
from twitterlab.model.engagement import HourCount, TagCount
from twitterlab.model.message import Conversation, DirectMessage, Notification
from twitterlab.model.page import Page
from twitterlab.model.tweet import Trend, Tweet, TweetView
from twitterlab.model.user import Profile, User
from twitterlab.parts.given import Clock
from twitterlab.parts.meter import Meter
from twitterlab.platform import cursors
from twitterlab.platform.client import PAGE
from twitterlab.platform.engagement import Engagements
from twitterlab.platform.finding import Finder
from twitterlab.platform.inbox import Inbox
from twitterlab.platform.limits import RateLimits
from twitterlab.platform.people import People
from twitterlab.platform.reading import Reader
from twitterlab.platform.timelines import HomeTimelines
from twitterlab.platform.trends import Trends
from twitterlab.platform.writing import Writer
from twitterlab.storage.stores import Stores

if TYPE_CHECKING:  # numpy takes 70 ms to load, and only engines with batches need it
    import numpy as np
    from numpy.typing import NDArray

    from twitterlab.platform.batched import Batched
    from twitterlab.storage.batches import HomePages

Answer = TypeVar("Answer")


class Gateway:
    """`client.Client` over the services of one process."""

    def __init__(
        self,
        stores: Stores,
        clock: Clock,
        stopwatch_ns: Callable[[], int],
        meter: Meter,
        people: People,
        writer: Writer,
        timelines: HomeTimelines,
        inbox: Inbox,
        trends: Trends,
        limits: RateLimits,
        batched: Batched | None = None,
    ) -> None:
        self._stores, self._clock, self._stopwatch_ns, self._meter = stores, clock, stopwatch_ns, meter
        self._people, self._writer, self._timelines, self._inbox = people, writer, timelines, inbox
        self._trends, self._limits, self._batched = trends, limits, batched
        self._reader, self._finder = Reader(stores), Finder(stores)
        self._engagements = Engagements(stores, clock)

    async def sign_up(self, handle: str, name: str, bio: str = "") -> User:
        return await self._timed(self._people.sign_up(handle, name, bio))

    async def update_profile(self, me: int, name: str, bio: str) -> User:
        return await self._timed(self._people.update_profile(me, name, bio))

    async def post(
        self,
        me: int,
        text: str,
        reply_to: int | None = None,
        quote_of: int | None = None,
        media: Sequence[str] = (),
        key: str | None = None,
    ) -> Tweet:
        self._limits.take(me, "post")
        return await self._timed(self._writer.post(me, text, reply_to, quote_of, media, key))

    async def retweet(self, me: int, tweet_id: int) -> Tweet:
        self._limits.take(me, "post")
        return await self._timed(self._writer.retweet(me, tweet_id))

    async def undo_retweet(self, me: int, tweet_id: int) -> bool:
        return await self._timed(self._writer.undo_retweet(me, tweet_id))

    async def like(self, me: int, tweet_id: int) -> bool:
        self._limits.take(me, "like")
        return await self._timed(self._writer.like(me, tweet_id))

    async def unlike(self, me: int, tweet_id: int) -> bool:
        return await self._timed(self._writer.unlike(me, tweet_id))

    async def delete(self, me: int, tweet_id: int) -> bool:
        return await self._timed(self._writer.delete(me, tweet_id))

    async def follow(self, me: int, other_id: int) -> bool:
        self._limits.take(me, "follow")
        return await self._timed(self._people.follow(me, other_id))

    async def unfollow(self, me: int, other_id: int) -> bool:
        return await self._timed(self._people.unfollow(me, other_id))

    async def block(self, me: int, other_id: int) -> bool:
        return await self._timed(self._people.block(me, other_id))

    async def unblock(self, me: int, other_id: int) -> bool:
        return await self._timed(self._people.unblock(me, other_id))

    async def mute(self, me: int, other_id: int) -> bool:
        return await self._timed(self._people.mute(me, other_id))

    async def unmute(self, me: int, other_id: int) -> bool:
        return await self._timed(self._people.unmute(me, other_id))

    async def home(self, me: int, cursor: str | None = None, limit: int = PAGE) -> Page[TweetView]:
        return await self._timed(self._home(me, cursor, limit))

    async def home_pages(self, user_ids: NDArray[np.int64], limit: int = PAGE) -> HomePages:
        """The newest home page of many people, as columns. The meter records the batch as one call."""
        return await self._timed(self._many().home_pages(user_ids, limit))

    async def post_many(
        self, author_ids: Sequence[int], texts: Sequence[str], reply_to: Sequence[int] = ()
    ) -> list[int]:
        """Post for many people; the tweets' ids. The meter records the batch as one call."""
        for author_id in author_ids:
            self._limits.take(author_id, "post")
        return await self._timed(self._many().post_many(author_ids, texts, reply_to))

    async def profile(self, me: int, handle: str) -> Profile:
        return await self._timed(self._people.profile(me, handle))

    async def people(self, me: int, user_ids: Sequence[int]) -> list[User]:
        return await self._timed(self._people.some(me, user_ids))

    async def followers_of(self, me: int, user_id: int, cursor: str | None = None, limit: int = PAGE) -> Page[User]:
        return await self._timed(self._people.listed(me, self._stores.follows.followers, user_id, cursor, limit))

    async def followed_by(self, me: int, user_id: int, cursor: str | None = None, limit: int = PAGE) -> Page[User]:
        return await self._timed(self._people.listed(me, self._stores.follows.following, user_id, cursor, limit))

    async def suggestions(self, me: int, limit: int = 3) -> list[User]:
        return await self._timed(self._people.suggested(me, limit))

    async def tweets_of(self, me: int, user_id: int, cursor: str | None = None, limit: int = PAGE) -> Page[TweetView]:
        return await self._timed(self._tweets_of(me, user_id, cursor, limit))

    async def thread(self, me: int, tweet_id: int, cursor: str | None = None, limit: int = PAGE) -> Page[TweetView]:
        return await self._timed(self._thread(me, tweet_id, cursor, limit))

    async def notifications(self, me: int, cursor: str | None = None, limit: int = PAGE) -> Page[Notification]:
        return await self._timed(self._inbox.notifications(me, cursor, limit))

    async def read_notifications(self, me: int, up_to_id: int) -> None:
        await self._timed(self._stores.notifications.read(me, up_to_id))

    async def unread(self, me: int) -> int:
        return await self._timed(self._stores.notifications.unread(me))

    async def search(self, me: int, text: str, cursor: str | None = None, limit: int = PAGE) -> Page[TweetView]:
        return await self._timed(self._tweets(me, cursor, limit, lambda below: self._finder.tweets(text, below, limit)))

    async def search_people(self, me: int, text: str, cursor: str | None = None, limit: int = PAGE) -> Page[User]:
        return await self._timed(self._people.found(me, text, cursor, limit))

    async def trends(self, limit: int = 10) -> list[Trend]:
        return self._trends.top(cursors.check_limit(limit), self._clock.now_ms())

    async def engagement(self, hours: int, tag: str | None = None) -> list[HourCount]:
        return await self._timed(self._engagements.by_hour(hours, tag))

    async def engaged_tags(self, hours: int, limit: int = 10) -> list[TagCount]:
        return await self._timed(self._engagements.top_tags(hours, limit))

    async def send(self, me: int, other_id: int, text: str) -> DirectMessage:
        self._limits.take(me, "message")
        return await self._timed(self._inbox.send(me, other_id, text))

    async def conversations(self, me: int, cursor: str | None = None, limit: int = PAGE) -> Page[Conversation]:
        return await self._timed(self._inbox.conversations(me, cursor, limit))

    async def messages(
        self, me: int, other_id: int, cursor: str | None = None, limit: int = PAGE
    ) -> Page[DirectMessage]:
        return await self._timed(self._inbox.messages(me, other_id, cursor, limit))

    def _many(self) -> Batched:
        if self._batched is None:
            raise Refused(f"the engine {self._stores.engine} has no batches", "unavailable")
        return self._batched

    async def _home(self, me: int, cursor: str | None, limit: int) -> Page[TweetView]:
        below_id = cursors.decode(cursor)
        tweet_ids = await self._timelines.page(me, below_id, cursors.check_limit(limit))
        return await self._reader.home(me, tweet_ids, limit, below_id if cursor is not None else None)

    async def _tweets(
        self,
        me: int,
        cursor: str | None,
        limit: int,
        find: Callable[[int], Awaitable[list[int]]],
        visited: int | None = None,
    ) -> Page[TweetView]:
        cursors.check_limit(limit)
        return await self._reader.page(me, await find(cursors.decode(cursor)), limit, visited)

    async def _tweets_of(self, me: int, user_id: int, cursor: str | None, limit: int) -> Page[TweetView]:
        await self._people.refuse_blocked(me, user_id)
        tweets = self._stores.tweets
        return await self._tweets(me, cursor, limit, lambda below: tweets.by_author(user_id, below, limit), user_id)

    async def _thread(self, me: int, tweet_id: int, cursor: str | None, limit: int) -> Page[TweetView]:
        root, tweets = await self._writer.tweet(tweet_id), self._stores.tweets
        await self._people.refuse_blocked(me, root.author_id)
        first = await self._reader.views(me, [root.id], root.author_id) if cursor is None else []
        page = await self._tweets(
            me, cursor, limit, lambda below: tweets.replies(tweet_id, below, limit), root.author_id
        )
        return Page((*first, *page.items), page.next_cursor)

    async def _timed(self, call: Awaitable[Answer]) -> Answer:
        started_ns, ok = self._stopwatch_ns(), False
        try:
            answer = await call
            ok = True
            return answer
        finally:
            self._meter.record((self._stopwatch_ns() - started_ns) / 1e6, ok)
