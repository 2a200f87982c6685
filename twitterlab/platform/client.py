"""The client: everything a person can do, the same in process, over HTTP and in a simulation.

The first argument `me` is the id of the person who acts. Every call may raise `Refused` (it did not
happen: kinds `invalid`, `missing`, `taken`, `forbidden`, `limited`, `unavailable`) or `Uncertain` (it may have happened).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from twitterlab.model.engagement import HourCount, TagCount
from twitterlab.model.message import Conversation, DirectMessage, Notification
from twitterlab.model.page import Page
from twitterlab.model.tweet import Trend, Tweet, TweetView
from twitterlab.model.user import Profile, User

PAGE = 20
MAX_PAGE = 100


class Client(Protocol):
    """What a person can do. Pages of tweets are newest first; `limit` is at most `MAX_PAGE`."""

    async def sign_up(self, handle: str, name: str, bio: str = "") -> User: ...

    async def update_profile(self, me: int, name: str, bio: str) -> User: ...

    async def post(
        self,
        me: int,
        text: str,
        reply_to: int | None = None,
        quote_of: int | None = None,
        media: Sequence[str] = (),
        key: str | None = None,
    ) -> Tweet:
        """Post once. The same `key` again answers with the first tweet instead of a second one."""
        ...

    async def retweet(self, me: int, tweet_id: int) -> Tweet: ...

    async def undo_retweet(self, me: int, tweet_id: int) -> bool: ...

    async def like(self, me: int, tweet_id: int) -> bool: ...

    async def unlike(self, me: int, tweet_id: int) -> bool: ...

    async def delete(self, me: int, tweet_id: int) -> bool: ...

    async def follow(self, me: int, other_id: int) -> bool: ...

    async def unfollow(self, me: int, other_id: int) -> bool: ...

    async def block(self, me: int, other_id: int) -> bool: ...

    async def unblock(self, me: int, other_id: int) -> bool: ...

    async def mute(self, me: int, other_id: int) -> bool: ...

    async def unmute(self, me: int, other_id: int) -> bool: ...

    async def home(self, me: int, cursor: str | None = None, limit: int = PAGE) -> Page[TweetView]: ...

    async def profile(self, me: int, handle: str) -> Profile: ...

    async def people(self, me: int, user_ids: Sequence[int]) -> list[User]:
        """Those of the accounts that exist and do not block `me`, at most `MAX_PAGE`, in the order asked."""
        ...

    async def followers_of(self, me: int, user_id: int, cursor: str | None = None, limit: int = PAGE) -> Page[User]:
        """Who follows `user_id`, oldest account first."""
        ...

    async def followed_by(self, me: int, user_id: int, cursor: str | None = None, limit: int = PAGE) -> Page[User]:
        """Whom `user_id` follows, oldest account first."""
        ...

    async def suggestions(self, me: int, limit: int = 3) -> list[User]:
        """Whom to follow: those whom most of the people that `me` follows follow."""
        ...

    async def tweets_of(
        self, me: int, user_id: int, cursor: str | None = None, limit: int = PAGE
    ) -> Page[TweetView]: ...

    async def thread(self, me: int, tweet_id: int, cursor: str | None = None, limit: int = PAGE) -> Page[TweetView]:
        """The tweet itself first (on the first page), then its replies."""
        ...

    async def notifications(self, me: int, cursor: str | None = None, limit: int = PAGE) -> Page[Notification]: ...

    async def read_notifications(self, me: int, up_to_id: int) -> None: ...

    async def unread(self, me: int) -> int: ...

    async def search(self, me: int, text: str, cursor: str | None = None, limit: int = PAGE) -> Page[TweetView]:
        """Words, `#tags`, `@mentions`, and `from:handle`, `since:2026-01-31`, `until:2026-02-28` (UTC days)."""
        ...

    async def search_people(self, me: int, text: str, cursor: str | None = None, limit: int = PAGE) -> Page[User]:
        """Whose handle or name starts so, the most followed first."""
        ...

    async def trends(self, limit: int = 10) -> list[Trend]: ...

    async def engagement(self, hours: int, tag: str | None = None) -> list[HourCount]:
        """What everybody did in the last `hours` hours, by hour and kind; with a tag what was about it."""
        ...

    async def engaged_tags(self, hours: int, limit: int = 10) -> list[TagCount]:
        """The tags that most was done about in the last `hours` hours."""
        ...

    async def send(self, me: int, other_id: int, text: str) -> DirectMessage: ...

    async def conversations(self, me: int, cursor: str | None = None, limit: int = PAGE) -> Page[Conversation]: ...

    async def messages(
        self, me: int, other_id: int, cursor: str | None = None, limit: int = PAGE
    ) -> Page[DirectMessage]:
        """Reading the first page marks it read."""
        ...
