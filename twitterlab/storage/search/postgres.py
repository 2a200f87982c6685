"""Search in PostgreSQL: an inverted index (GIN) over words that we split ourselves, so that every engine splits alike.

Source: PostgreSQL documentation, "GIN Indexes"; it finds rows by their words, and sorts what it found by id.
"""

from __future__ import annotations

from typing import Any

from twitterlab.model.tweet import Tweet
from twitterlab.storage.postgres_database import PostgresDatabase
from twitterlab.storage.search.port import TweetQuery
from twitterlab.storage.search.words import asked, words

TABLES = (
    """CREATE TABLE IF NOT EXISTS indexed (id BIGINT PRIMARY KEY, author_id BIGINT, created_ms BIGINT,
    words TEXT[] NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS indexed_by_word ON indexed USING gin (words)",
    "CREATE INDEX IF NOT EXISTS indexed_by_author ON indexed (author_id, id)",
)


class PostgresSearch:
    """`Search` over one table."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        database.define(*TABLES)

    async def index(self, tweet: Tweet) -> None:
        row = (tweet.id, tweet.author_id, tweet.created_ms, sorted(words(tweet.text)))
        sql = "INSERT INTO indexed VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
        await self._database.change(sql, row, is_flushed=False)

    async def remove(self, tweet_id: int) -> None:
        await self._database.change("DELETE FROM indexed WHERE id = %s", (tweet_id,), is_flushed=False)

    async def find(self, query: TweetQuery, before_id: int, limit: int) -> list[int]:
        wanted = asked(query.words)
        if wanted is None:
            return []
        where, values = ["id < %s"], list[Any]([before_id])
        for clause, value in (
            ("words @> %s::text[]", list(wanted) or None),
            ("author_id = %s", query.author_id),
            ("created_ms >= %s", query.since_ms),
            ("created_ms < %s", query.until_ms),
        ):
            if value is not None:
                where.append(clause)
                values.append(value)
        sql = f"SELECT id FROM indexed WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT %s"
        return [row[0] for row in await self._database.read(sql, (*values, limit))]
