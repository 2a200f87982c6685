"""Tweets and likes in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from twitterlab.errors import Refused
from twitterlab.model.tweet import Tweet, TweetCounts
from twitterlab.parts.queue import Event
from twitterlab.storage.database import AMONG, Database, among, commit_event

_COLUMNS = "id, author_id, text, created_ms, reply_to, retweet_of, quote_of"


def _knows(connection: sqlite3.Connection, table: str, id_: int) -> bool:
    return connection.execute(f"SELECT 1 FROM {table} WHERE id = ?", (id_,)).fetchone() is not None


class SqliteTweets:
    """`Tweets` by the Schema part's statements; media names in a table of our own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = database.queries
        database.define(
            """CREATE TABLE IF NOT EXISTS media (tweet_id INTEGER, place INTEGER, name TEXT NOT NULL,
            PRIMARY KEY (tweet_id, place)) WITHOUT ROWID""",
            """CREATE INDEX IF NOT EXISTS tweets_by_original ON tweets (retweet_of, author_id)
            WHERE retweet_of IS NOT NULL""",
        )

    async def add(self, tweet: Tweet, mentions: Sequence[int] = (), event: Event | None = None) -> None:
        def action(connection: sqlite3.Connection) -> None:
            if _knows(connection, "tweets", tweet.id):
                raise Refused(f"tweet id {tweet.id} is taken", kind="taken")
            for user_id in (tweet.author_id, *mentions):
                if not _knows(connection, "users", user_id):
                    raise Refused(f"no user {user_id}", kind="missing")
            if not tweet.text and tweet.retweet_of is None:
                raise Refused("a tweet needs a text")
            row = {name: getattr(tweet, name) for name in _COLUMNS.split(", ")}
            connection.execute(self._queries.add_tweet, row)
            for user_id in mentions:
                connection.execute(self._queries.add_mention, {"tweet_id": tweet.id, "user_id": user_id})
            for place, name in enumerate(tweet.media):
                connection.execute("INSERT INTO media VALUES (?, ?, ?)", (tweet.id, place, name))
            commit_event(connection, event)

        await self._database.write(action)

    async def delete(self, author_id: int, tweet_id: int, event: Event | None = None) -> bool:
        def action(connection: sqlite3.Connection) -> bool:
            is_theirs = "SELECT 1 FROM tweets WHERE id = ? AND author_id = ?"
            if connection.execute(is_theirs, (tweet_id, author_id)).fetchone() is None:
                return False
            connection.execute(self._queries.delete_tweet, {"id": tweet_id, "author_id": author_id})
            connection.execute("DELETE FROM media WHERE tweet_id = ?", (tweet_id,))
            commit_event(connection, event)
            return True

        return await self._database.write(action)

    async def many(self, tweet_ids: Sequence[int]) -> list[Tweet]:
        sql = f"""SELECT {_COLUMNS}, media.name FROM tweets LEFT JOIN media ON media.tweet_id = tweets.id
            WHERE id IN {AMONG} ORDER BY id, place"""
        tweets: dict[int, Tweet] = {}
        for *row, picture in await self._database.read(sql, (among(tweet_ids),)):
            tweet = tweets.get(row[0]) or Tweet(*row)
            tweets[tweet.id] = tweet if picture is None else replace(tweet, media=(*tweet.media, picture))
        return [tweets[tweet_id] for tweet_id in tweet_ids if tweet_id in tweets]

    async def _page(self, sql: str, **parameters: int) -> list[int]:
        return [row[0] for row in await self._database.read(sql, parameters)]

    async def home(self, user_id: int, before_id: int, limit: int) -> list[int]:
        return await self._page(self._queries.home_page, user_id=user_id, before_id=before_id, limit=limit)

    async def by_author(self, author_id: int, before_id: int, limit: int) -> list[int]:
        return await self._page(self._queries.author_page, author_id=author_id, before_id=before_id, limit=limit)

    async def mentions(self, user_id: int, before_id: int, limit: int) -> list[int]:
        return await self._page(self._queries.mentions_page, user_id=user_id, before_id=before_id, limit=limit)

    async def replies(self, tweet_id: int, before_id: int, limit: int) -> list[int]:
        return await self._page(self._queries.replies_page, tweet_id=tweet_id, before_id=before_id, limit=limit)

    async def like(self, user_id: int, tweet_id: int, at_ms: int, event: Event | None = None) -> bool:
        def action(connection: sqlite3.Connection) -> bool:
            if not _knows(connection, "tweets", tweet_id):
                raise Refused(f"no tweet {tweet_id}", kind="missing")
            if not _knows(connection, "users", user_id):
                raise Refused(f"no user {user_id}", kind="missing")
            likes = "SELECT 1 FROM likes WHERE user_id = ? AND tweet_id = ?"
            if connection.execute(likes, (user_id, tweet_id)).fetchone():
                return False
            connection.execute(self._queries.like, {"user_id": user_id, "tweet_id": tweet_id, "at_ms": at_ms})
            commit_event(connection, event)
            return True

        return await self._database.write(action)

    async def unlike(self, user_id: int, tweet_id: int) -> bool:
        row = {"user_id": user_id, "tweet_id": tweet_id}
        return await self._database.write(lambda c: c.execute(self._queries.unlike, row).rowcount > 0)

    async def liked(self, user_id: int, tweet_ids: Sequence[int]) -> set[int]:
        sql = f"SELECT tweet_id FROM likes WHERE user_id = ? AND tweet_id IN {AMONG}"
        return {row[0] for row in await self._database.read(sql, (user_id, among(tweet_ids)))}

    async def retweeted(self, user_id: int, tweet_ids: Sequence[int]) -> dict[int, int]:
        sql = f"SELECT retweet_of, id FROM tweets WHERE author_id = ? AND retweet_of IN {AMONG} ORDER BY +id"
        return dict(await self._database.read(sql, (user_id, among(tweet_ids))))

    async def counts(self, tweet_ids: Sequence[int]) -> list[TweetCounts]:
        rows = await self._database.ask(self._queries.tweet_counts, ({"tweet_id": id_} for id_ in tweet_ids))
        return [TweetCounts(*row) for row in rows]
