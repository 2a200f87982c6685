"""Accounts in SQLite."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Sequence

from twitterlab.errors import Refused
from twitterlab.model.user import User, UserCounts
from twitterlab.storage.database import AMONG, Database, among

SURROGATES = range(0xD800, 0xE000)
FIRST_AFTER_SURROGATES = 0xE000
_COLUMNS = "u.id, u.handle, u.name, u.created_ms, COALESCE(p.bio, '')"
_FROM = f"SELECT {_COLUMNS} FROM users u LEFT JOIN profiles p ON p.user_id = u.id"


class SqliteUsers:
    """`Users` over the Schema part's tables; biographies in a table of our own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define(
            "CREATE TABLE IF NOT EXISTS profiles (user_id INTEGER PRIMARY KEY, bio TEXT NOT NULL)",
            """CREATE TABLE IF NOT EXISTS starts (user_id INTEGER, kind TEXT, text TEXT NOT NULL,
            PRIMARY KEY (user_id, kind)) WITHOUT ROWID""",
            "CREATE INDEX IF NOT EXISTS starts_by_text ON starts (text, user_id)",
        )

    async def add(self, user: User) -> None:
        def action(connection: sqlite3.Connection) -> None:
            if connection.execute(
                "SELECT 1 FROM users WHERE id = ? OR handle = ? COLLATE NOCASE", (user.id, user.handle)
            ).fetchone():
                raise Refused(f"user id {user.id} or handle {user.handle} is taken", kind="taken")
            row = {"id": user.id, "handle": user.handle, "name": user.name, "created_ms": user.created_ms}
            connection.execute(self._database.queries.add_user, row)
            if user.bio:
                connection.execute("INSERT OR REPLACE INTO profiles VALUES (?, ?)", (user.id, user.bio))
            _starts(connection, user.id, handle=user.handle, name=user.name)

        await self._database.write(action)

    async def update(self, user: User) -> None:
        def action(connection: sqlite3.Connection) -> None:
            if not connection.execute("UPDATE users SET name = ? WHERE id = ?", (user.name, user.id)).rowcount:
                raise Refused(f"no user {user.id}", kind="missing")
            connection.execute("INSERT OR REPLACE INTO profiles VALUES (?, ?)", (user.id, user.bio))
            _starts(connection, user.id, name=user.name)

        await self._database.write(action)

    async def by_handle(self, handle: str) -> User | None:
        rows = await self._database.read(f"{_FROM} WHERE u.handle = ? COLLATE NOCASE", (handle,))
        return User(*rows[0]) if rows else None

    async def many(self, user_ids: Sequence[int]) -> list[User]:
        rows = await self._database.read(f"{_FROM} WHERE u.id IN {AMONG}", (among(user_ids),))
        users = {row[0]: User(*row) for row in rows}
        return [users[user_id] for user_id in user_ids if user_id in users]

    async def counts(self, user_id: int) -> UserCounts:
        rows = await self._database.read(self._database.queries.user_counts, {"user_id": user_id})
        return UserCounts(*rows[0])

    async def search(self, text: str, limit: int) -> list[User]:
        start = text.casefold()
        sql = "SELECT DISTINCT user_id FROM starts WHERE text >= ? AND text < ?"
        found = [row[0] for row in await self._database.read(sql, (start, _after(start)))]
        counts = await self._database.ask(self._database.queries.user_counts, ({"user_id": id_} for id_ in found))
        followers = {id_: row[1] for id_, row in zip(found, counts, strict=True)}
        return await self.many(sorted(found, key=lambda id_: (-followers[id_], id_))[:limit])


def _starts(connection: sqlite3.Connection, user_id: int, **texts: str) -> None:
    """What `search` compares: in Python's case folding, which knows all scripts."""
    rows = [(user_id, kind, text.casefold()) for kind, text in texts.items()]
    connection.executemany("INSERT OR REPLACE INTO starts VALUES (?, ?, ?)", rows)


def _after(start: str) -> str | bytes:
    """The lowest value above every text that starts so. A blob is above all texts."""
    start = start.rstrip(chr(sys.maxunicode))
    if not start:
        return b""
    code = ord(start[-1]) + 1
    return start[:-1] + chr(FIRST_AFTER_SURROGATES if code in SURROGATES else code)
