"""The port of tweets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from twitterlab.model.tweet import Tweet, TweetCounts
from twitterlab.parts.queue import Event


class Tweets(Protocol):
    """Tweets, likes and the pages read from them. Pages are ids, newest first, all below `before_id`.

    Clauses:
      1. `add` commits the tweet, its mentions and its event together or not at all; it raises
         `Refused(kind="taken")` for an id in use and `Refused(kind="missing")` for an unknown author.
      2. `delete` removes the author's own tweet with its likes and mentions, commits the event with
         it, and says whether there was one; another's tweet is left alone (False).
      3. `many` answers in the order asked, leaving out unknown ids, repeats included.
      4. Pages neither skip nor repeat while tweets arrive and vanish between them.
      5. `home` is the pull timeline: tweets of followees and of oneself.
      6. `like` says whether it was new (the event is committed only then); `Refused(kind="missing")`
         for an unknown tweet; `unlike` says whether there was one.
      7. `counts` answers in the order asked, zeros for unknown ids.
      8. `retweeted` gives, of `tweet_ids`, those the user retweeted, with the retweet's own id.
    """

    async def add(self, tweet: Tweet, mentions: Sequence[int] = (), event: Event | None = None) -> None: ...

    async def delete(self, author_id: int, tweet_id: int, event: Event | None = None) -> bool: ...

    async def many(self, tweet_ids: Sequence[int]) -> list[Tweet]: ...

    async def home(self, user_id: int, before_id: int, limit: int) -> list[int]: ...

    async def by_author(self, author_id: int, before_id: int, limit: int) -> list[int]: ...

    async def mentions(self, user_id: int, before_id: int, limit: int) -> list[int]: ...

    async def replies(self, tweet_id: int, before_id: int, limit: int) -> list[int]: ...

    async def like(self, user_id: int, tweet_id: int, at_ms: int, event: Event | None = None) -> bool: ...

    async def unlike(self, user_id: int, tweet_id: int) -> bool: ...

    async def liked(self, user_id: int, tweet_ids: Sequence[int]) -> set[int]: ...

    async def retweeted(self, user_id: int, tweet_ids: Sequence[int]) -> dict[int, int]: ...

    async def counts(self, tweet_ids: Sequence[int]) -> list[TweetCounts]: ...
