"""Tweets: what was said, and how readers see it."""

from __future__ import annotations

from dataclasses import dataclass

from twitterlab.model.user import User


@dataclass(frozen=True, slots=True)
class Tweet:
    """A tweet as stored. At most one of `retweet_of` and `reply_to` is set; a retweet has no text."""

    id: int
    author_id: int
    text: str
    created_ms: int
    reply_to: int | None = None
    retweet_of: int | None = None
    quote_of: int | None = None
    media: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TweetCounts:
    """Counters of one tweet."""

    likes: int
    retweets: int
    replies: int


@dataclass(frozen=True, slots=True)
class TweetView:
    """A tweet ready to show to one viewer. `shown` is the tweet itself or, for a retweet, the original;
    `quoted` is what `shown` quotes, one level deep, where the viewer may see it."""

    tweet: Tweet
    author: User
    counts: TweetCounts
    is_liked: bool = False
    shown: Tweet | None = None
    shown_author: User | None = None
    is_retweeted: bool = False
    quoted: TweetView | None = None


@dataclass(frozen=True, slots=True)
class Trend:
    """A hashtag that people use more than usual."""

    tag: str
    tweets: int
