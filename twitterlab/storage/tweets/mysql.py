"""Tweets and likes in MySQL or MariaDB."""

from __future__ import annotations

import json
from collections.abc import Sequence
from heapq import nlargest
from typing import Any

from pymysql.cursors import Cursor

from twitterlab.errors import Refused
from twitterlab.model.tweet import Tweet, TweetCounts
from twitterlab.parts.queue import Event
from twitterlab.storage.mysql_database import MysqlDatabase, added, commit_event, marks
from twitterlab.storage.users.mysql import counted

TABLES = (
    """CREATE TABLE IF NOT EXISTS tweets (id BIGINT PRIMARY KEY, author_id BIGINT NOT NULL, text MEDIUMTEXT NOT NULL,
    created_ms BIGINT NOT NULL, reply_to BIGINT, retweet_of BIGINT, quote_of BIGINT, media MEDIUMTEXT NOT NULL,
    INDEX tweets_by_author (author_id, id), INDEX tweets_by_parent (reply_to, id),
    INDEX tweets_by_original (retweet_of, author_id), FOREIGN KEY (author_id) REFERENCES users (id))""",
    """CREATE TABLE IF NOT EXISTS mentions (user_id BIGINT, tweet_id BIGINT, PRIMARY KEY (user_id, tweet_id),
    INDEX mentions_by_tweet (tweet_id), FOREIGN KEY (user_id) REFERENCES users (id),
    FOREIGN KEY (tweet_id) REFERENCES tweets (id))""",
    """CREATE TABLE IF NOT EXISTS likes (user_id BIGINT, tweet_id BIGINT, at_ms BIGINT NOT NULL,
    PRIMARY KEY (user_id, tweet_id), INDEX likes_by_tweet (tweet_id), FOREIGN KEY (user_id) REFERENCES users (id),
    FOREIGN KEY (tweet_id) REFERENCES tweets (id))""",
    *counted("tweets", tweets="author_id", retweets="retweet_of", replies="reply_to"),
    *counted("likes", likes="tweet_id"),
)
_COLUMNS = "id, author_id, text, created_ms, reply_to, retweet_of, quote_of, media"
_ADD = f"INSERT INTO tweets ({_COLUMNS}) VALUES ({', '.join(['%s'] * 8)})"
_OF_ONE = "(SELECT id FROM tweets WHERE author_id = %s AND id < %s ORDER BY id DESC LIMIT %s)"
AUTHORS_AT_ONCE = 200


class MysqlTweets:
    """`Tweets` over tables of our own."""

    def __init__(self, database: MysqlDatabase) -> None:
        self._database = database
        database.define(*TABLES)

    async def add(self, tweet: Tweet, mentions: Sequence[int] = (), event: Event | None = None) -> None:
        people = {tweet.author_id, *mentions}
        row = [getattr(tweet, name) for name in _COLUMNS.split(", ")]
        row[-1] = json.dumps(tweet.media)

        def action(cursor: Cursor) -> None:
            _refuse(cursor, tweet, people)
            if not added(cursor, _ADD, row):
                raise Refused(f"tweet id {tweet.id} is taken", kind="taken")
            for user_id in sorted(set(mentions)):
                cursor.execute("INSERT INTO mentions VALUES (%s, %s)", (user_id, tweet.id))
            commit_event(cursor, event)

        await self._database.write(action)

    async def delete(self, author_id: int, tweet_id: int, event: Event | None = None) -> bool:
        def action(cursor: Cursor) -> bool:
            sql = "SELECT id FROM tweets WHERE id = %s AND author_id = %s FOR UPDATE"
            if not cursor.execute(sql, (tweet_id, author_id)):
                return False
            for table, column in (("likes", "tweet_id"), ("mentions", "tweet_id"), ("tweets", "id")):
                cursor.execute(f"DELETE FROM {table} WHERE {column} = %s", (tweet_id,))
            commit_event(cursor, event)
            return True

        return await self._database.write(action)

    async def many(self, tweet_ids: Sequence[int]) -> list[Tweet]:
        among, values = marks(tweet_ids)
        rows = await self._database.read(f"SELECT {_COLUMNS} FROM tweets WHERE id {among}", values)
        tweets = {row[0]: Tweet(*(*row[:-1], tuple(json.loads(row[-1])))) for row in rows}
        return [tweets[tweet_id] for tweet_id in tweet_ids if tweet_id in tweets]

    async def home(self, user_id: int, before_id: int, limit: int) -> list[int]:
        """The newest few of each author through the index, then the newest of those. MariaDB has no lateral join, so
        the few are asked for by name, many authors at once."""
        rows = await self._database.read("SELECT followee_id FROM follows WHERE follower_id = %s", (user_id,))
        authors = [user_id, *(row[0] for row in rows)]
        found: list[int] = []
        for start in range(0, len(authors), AUTHORS_AT_ONCE):
            some = authors[start : start + AUTHORS_AT_ONCE]
            values: list[Any] = [value for author in some for value in (author, before_id, limit)]
            sql = f"{' UNION ALL '.join([_OF_ONE] * len(some))} ORDER BY id DESC LIMIT %s"
            found = nlargest(limit, [*found, *(row[0] for row in await self._database.read(sql, [*values, limit]))])
        return found

    async def by_author(self, author_id: int, before_id: int, limit: int) -> list[int]:
        return await self._page("SELECT id FROM tweets WHERE author_id = %s", "id", author_id, before_id, limit)

    async def mentions(self, user_id: int, before_id: int, limit: int) -> list[int]:
        sql = "SELECT tweet_id FROM mentions WHERE user_id = %s"
        return await self._page(sql, "tweet_id", user_id, before_id, limit)

    async def replies(self, tweet_id: int, before_id: int, limit: int) -> list[int]:
        return await self._page("SELECT id FROM tweets WHERE reply_to = %s", "id", tweet_id, before_id, limit)

    async def _page(self, sql: str, key: str, of: int, before_id: int, limit: int) -> list[int]:
        sql = f"{sql} AND {key} < %s ORDER BY {key} DESC LIMIT %s"
        return [row[0] for row in await self._database.read(sql, (of, before_id, limit))]

    async def like(self, user_id: int, tweet_id: int, at_ms: int, event: Event | None = None) -> bool:
        def action(cursor: Cursor) -> bool:
            for table, id_ in (("tweets", tweet_id), ("users", user_id)):
                if not cursor.execute(f"SELECT id FROM {table} WHERE id = %s", (id_,)):
                    raise Refused(f"no tweet {tweet_id} or no user {user_id}", kind="missing")
            is_new = added(cursor, "INSERT INTO likes VALUES (%s, %s, %s)", (user_id, tweet_id, at_ms))
            if is_new:
                commit_event(cursor, event)
            return is_new

        return await self._database.write(action)

    async def unlike(self, user_id: int, tweet_id: int) -> bool:
        sql = "DELETE FROM likes WHERE user_id = %s AND tweet_id = %s"
        return await self._database.change(sql, (user_id, tweet_id)) > 0

    async def liked(self, user_id: int, tweet_ids: Sequence[int]) -> set[int]:
        among, values = marks(tweet_ids)
        sql = f"SELECT tweet_id FROM likes WHERE user_id = %s AND tweet_id {among}"
        return {row[0] for row in await self._database.read(sql, (user_id, *values))}

    async def retweeted(self, user_id: int, tweet_ids: Sequence[int]) -> dict[int, int]:
        among, values = marks(tweet_ids)
        sql = f"SELECT retweet_of, id FROM tweets WHERE author_id = %s AND retweet_of {among} ORDER BY id"
        return {row[0]: row[1] for row in await self._database.read(sql, (user_id, *values))}

    async def counts(self, tweet_ids: Sequence[int]) -> list[TweetCounts]:
        among, values = marks(tweet_ids)
        rows = await self._database.read(
            f"SELECT id, name, n FROM counts WHERE id {among} AND name IN {_NAMES}", values
        )
        known = {(id_, name): int(n) for id_, name, n in rows}
        return [TweetCounts(*(known.get((id_, name), 0) for name in _KINDS)) for id_ in tweet_ids]


_KINDS = ("likes", "retweets", "replies")
_NAMES = f"({', '.join(repr(name) for name in _KINDS)})"


def _refuse(cursor: Cursor, tweet: Tweet, people: set[int]) -> None:
    """What cannot be added."""
    if cursor.execute("SELECT id FROM tweets WHERE id = %s", (tweet.id,)):
        raise Refused(f"tweet id {tweet.id} is taken", kind="taken")
    among, values = marks(people)
    if cursor.execute(f"SELECT id FROM users WHERE id {among}", values) != len(people):
        raise Refused(f"not all of {sorted(people)} are users", kind="missing")
    if not tweet.text and tweet.retweet_of is None:
        raise Refused("a tweet needs a text")
