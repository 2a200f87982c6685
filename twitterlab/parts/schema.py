"""Slot `schema`: the tables of a social network and every question asked of them, as SQL.

The part is statements; the SQLite engine executes them and holds no SQL of its own for what
is named here. Parameters are named (`:user_id`), times are Unix milliseconds, ids are 64-bit
integers that sort by time, so a page is "the newest `:limit` ids below `:before_id`" (keyset
pagination), never `OFFSET`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Queries:
    """One SQL statement a field. The comment gives parameters, then the columns of the answer."""

    add_user: str  # :id :handle :name :created_ms
    add_tweet: str  # :id :author_id :text :created_ms :reply_to :retweet_of :quote_of (the last three may be NULL)
    add_mention: str  # :tweet_id :user_id (a second time changes nothing)
    delete_tweet: str  # :id :author_id (its likes and mentions go with it)
    follow: str  # :follower_id :followee_id :at_ms (a second time is an error)
    unfollow: str  # :follower_id :followee_id
    like: str  # :user_id :tweet_id :at_ms (a second time is an error)
    unlike: str  # :user_id :tweet_id
    home_page: str  # :user_id :before_id :limit -> id, newest first; followees and oneself
    author_page: str  # :author_id :before_id :limit -> id, newest first
    mentions_page: str  # :user_id :before_id :limit -> tweet_id, newest first
    replies_page: str  # :tweet_id :before_id :limit -> id, newest first
    followers_page: str  # :user_id :after_id :limit -> follower_id, ascending
    following_page: str  # :user_id :after_id :limit -> followee_id, ascending
    user_counts: str  # :user_id -> tweets, followers, following
    tweet_counts: str  # :tweet_id -> likes, retweets, replies


class Schema(Protocol):
    """Tables and questions, constructed as `SocialSchema()`.

    The tables are `users(id, handle, name, created_ms)`, `tweets(id, author_id, text, created_ms,
    reply_to, retweet_of, quote_of)`, `mentions`, `follows`, `likes`; handles are unique whatever
    their case. Counts may live where the part likes.

    Laws:
      1. No question scans a table, and none sorts in a temporary tree save the merge of `home_page`.
      2. The work of every question (VM steps) stays flat as the data grows tenfold.
      3. Pages neither skip nor repeat while tweets arrive and vanish between them.
      4. The database itself rejects a second like, a second follow, a self-follow, a taken handle,
         an orphan (a tweet, like or follow of nobody), an empty tweet that is no retweet.
      5. Counts are right after any sequence of writes, deletes included; deleting another's tweet
         changes nothing.
      6. Two schemas with the same rows answer alike: newest first, oneself included in `home_page`.
    """

    def tables(self) -> Sequence[str]:
        """Statements that make an empty database ready, in order; safe to run on a ready one."""
        ...

    def queries(self) -> Queries:
        """Every statement that the engine runs."""
        ...


class NoSchema:
    """Null part: one heap of rows a table, no index, no constraint, scans for everything."""

    def tables(self) -> Sequence[str]:
        return (
            "CREATE TABLE IF NOT EXISTS users (id, handle, name, created_ms)",
            "CREATE TABLE IF NOT EXISTS tweets (id, author_id, text, created_ms, reply_to, retweet_of, quote_of)",
            "CREATE TABLE IF NOT EXISTS mentions (tweet_id, user_id)",
            "CREATE TABLE IF NOT EXISTS follows (follower_id, followee_id, at_ms)",
            "CREATE TABLE IF NOT EXISTS likes (user_id, tweet_id, at_ms)",
        )

    def queries(self) -> Queries:
        return Queries(
            add_user="INSERT INTO users VALUES (:id, :handle, :name, :created_ms)",
            add_tweet="INSERT INTO tweets VALUES (:id, :author_id, :text, :created_ms, :reply_to, :retweet_of, :quote_of)",
            add_mention="INSERT INTO mentions VALUES (:tweet_id, :user_id)",
            delete_tweet="DELETE FROM tweets WHERE id = :id AND author_id = :author_id",
            follow="INSERT INTO follows VALUES (:follower_id, :followee_id, :at_ms)",
            unfollow="DELETE FROM follows WHERE follower_id = :follower_id AND followee_id = :followee_id",
            like="INSERT INTO likes VALUES (:user_id, :tweet_id, :at_ms)",
            unlike="DELETE FROM likes WHERE user_id = :user_id AND tweet_id = :tweet_id",
            home_page="""SELECT id FROM tweets WHERE id < :before_id AND (author_id = :user_id OR author_id IN
                (SELECT followee_id FROM follows WHERE follower_id = :user_id)) ORDER BY id DESC LIMIT :limit""",
            author_page="""SELECT id FROM tweets WHERE author_id = :author_id AND id < :before_id
                ORDER BY id DESC LIMIT :limit""",
            mentions_page="""SELECT tweet_id FROM mentions WHERE user_id = :user_id AND tweet_id < :before_id
                ORDER BY tweet_id DESC LIMIT :limit""",
            replies_page="""SELECT id FROM tweets WHERE reply_to = :tweet_id AND id < :before_id
                ORDER BY id DESC LIMIT :limit""",
            followers_page="""SELECT follower_id FROM follows WHERE followee_id = :user_id AND follower_id > :after_id
                ORDER BY follower_id LIMIT :limit""",
            following_page="""SELECT followee_id FROM follows WHERE follower_id = :user_id AND followee_id > :after_id
                ORDER BY followee_id LIMIT :limit""",
            user_counts="""SELECT (SELECT COUNT(*) FROM tweets WHERE author_id = :user_id),
                (SELECT COUNT(*) FROM follows WHERE followee_id = :user_id),
                (SELECT COUNT(*) FROM follows WHERE follower_id = :user_id)""",
            tweet_counts="""SELECT (SELECT COUNT(*) FROM likes WHERE tweet_id = :tweet_id),
                (SELECT COUNT(*) FROM tweets WHERE retweet_of = :tweet_id),
                (SELECT COUNT(*) FROM tweets WHERE reply_to = :tweet_id)""",
        )
