"""Search in SQLite: FTS5 over words that we split ourselves, so that every engine splits alike."""

from __future__ import annotations

import sqlite3
from typing import Any

from twitterlab.model.tweet import Tweet
from twitterlab.storage.database import Database
from twitterlab.storage.search.port import TweetQuery
from twitterlab.storage.search.words import asked, words


def _token(word: str) -> str:
    """A word as FTS5's ascii tokenizer keeps it whole: its UTF-8 in hexadecimal."""
    return "x" + word.encode().hex()


class SqliteSearch:
    """`Search` over one full-text table and one of what the filters need."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define(
            "CREATE VIRTUAL TABLE IF NOT EXISTS found USING fts5(words, tokenize = 'ascii', detail = none)",
            """CREATE TABLE IF NOT EXISTS indexed (id INTEGER PRIMARY KEY, author_id INTEGER, created_ms INTEGER)""",
            "CREATE INDEX IF NOT EXISTS indexed_by_author ON indexed (author_id, id)",
        )

    async def index(self, tweet: Tweet) -> None:
        def action(connection: sqlite3.Connection) -> None:
            row = (tweet.id, tweet.author_id, tweet.created_ms)
            if connection.execute("INSERT OR IGNORE INTO indexed VALUES (?, ?, ?)", row).rowcount:
                text = " ".join(map(_token, sorted(words(tweet.text))))
                connection.execute("INSERT INTO found (rowid, words) VALUES (?, ?)", (tweet.id, text))

        await self._database.write(action, is_flushed=False)

    async def remove(self, tweet_id: int) -> None:
        def action(connection: sqlite3.Connection) -> None:
            if connection.execute("DELETE FROM indexed WHERE id = ?", (tweet_id,)).rowcount:
                connection.execute("DELETE FROM found WHERE rowid = ?", (tweet_id,))

        await self._database.write(action, is_flushed=False)

    async def find(self, query: TweetQuery, before_id: int, limit: int) -> list[int]:
        wanted = asked(query.words)
        if wanted is None:
            return []
        where, row = ["i.id < :before_id"], {"before_id": before_id, "limit": limit}
        values: dict[str, Any] = row
        if wanted:
            where = ["found MATCH :match", "found.rowid < :before_id"]
            values["match"] = " AND ".join(map(_token, wanted))
        for clause, name, value in (
            ("i.author_id = :author_id", "author_id", query.author_id),
            ("i.created_ms >= :since_ms", "since_ms", query.since_ms),
            ("i.created_ms < :until_ms", "until_ms", query.until_ms),
        ):
            if value is not None:
                where.append(clause)
                values[name] = value
        source, key = (
            ("found CROSS JOIN indexed i ON i.id = found.rowid", "found.rowid") if wanted else ("indexed i", "i.id")
        )
        sql = f"SELECT {key} FROM {source} WHERE {' AND '.join(where)} ORDER BY {key} DESC LIMIT :limit"
        return [found[0] for found in await self._database.read(sql, values)]
