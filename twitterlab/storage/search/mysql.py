"""Search in MySQL or MariaDB: a row a word and tweet, newest first in its key.

The words are split by us, so that every engine splits alike, and stand in the table by their digest: a word may be as
long as a tweet, a key may not.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from pymysql.cursors import Cursor

from twitterlab.model.tweet import Tweet
from twitterlab.storage.mysql_database import MysqlDatabase, added
from twitterlab.storage.search.port import TweetQuery
from twitterlab.storage.search.words import asked, words

TABLES = (
    """CREATE TABLE IF NOT EXISTS indexed (id BIGINT PRIMARY KEY, author_id BIGINT, created_ms BIGINT,
    INDEX indexed_by_author (author_id, id))""",
    """CREATE TABLE IF NOT EXISTS found (word BINARY(16), id BIGINT, PRIMARY KEY (word, id), INDEX found_by_id (id))""",
)


class MysqlSearch:
    """`Search` over two tables."""

    def __init__(self, database: MysqlDatabase) -> None:
        self._database = database
        database.define(*TABLES)

    async def index(self, tweet: Tweet) -> None:
        rows = sorted((_digest(word), tweet.id) for word in words(tweet.text))

        def action(cursor: Cursor) -> None:
            row = (tweet.id, tweet.author_id, tweet.created_ms)
            if added(cursor, "INSERT INTO indexed VALUES (%s, %s, %s)", row):
                cursor.executemany("INSERT INTO found VALUES (%s, %s)", rows)

        await self._database.write(action)

    async def remove(self, tweet_id: int) -> None:
        def action(cursor: Cursor) -> None:
            for table in ("found", "indexed"):
                cursor.execute(f"DELETE FROM {table} WHERE id = %s", (tweet_id,))

        await self._database.write(action)

    async def find(self, query: TweetQuery, before_id: int, limit: int) -> list[int]:
        wanted = asked(query.words)
        if wanted is None:
            return []
        key = "w0.id" if wanted else "i.id"
        joins = [f"found w{n} ON w{n}.word = %s AND w{n}.id = w0.id" for n in range(1, len(wanted))]
        source = " STRAIGHT_JOIN ".join(["found w0", *joins, "indexed i ON i.id = w0.id"]) if wanted else "indexed i"
        where, values = [f"{key} < %s"], list[Any]([*map(_digest, wanted[1:]), before_id])
        if wanted:
            where.append("w0.word = %s")
            values.append(_digest(wanted[0]))
        for clause, value in (
            ("i.author_id = %s", query.author_id),
            ("i.created_ms >= %s", query.since_ms),
            ("i.created_ms < %s", query.until_ms),
        ):
            if value is not None:
                where.append(clause)
                values.append(value)
        sql = f"SELECT {key} FROM {source} WHERE {' AND '.join(where)} ORDER BY {key} DESC LIMIT %s"
        return [row[0] for row in await self._database.read(sql, (*values, limit))]


def _digest(word: str) -> bytes:
    return blake2b(word.encode("utf-8", "surrogatepass"), digest_size=16).digest()
