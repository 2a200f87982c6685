"""Accounts in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from twitterlab.errors import Refused
from twitterlab.model.user import User, UserCounts
from twitterlab.storage.database import AMONG, Database, among

_COLUMNS = "u.id, u.handle, u.name, u.created_ms, COALESCE(p.bio, '')"
_FROM = f"SELECT {_COLUMNS} FROM users u LEFT JOIN profiles p ON p.user_id = u.id"


class SqliteUsers:
    """`Users` over the Schema part's tables; biographies in a table of our own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define("CREATE TABLE IF NOT EXISTS profiles (user_id INTEGER PRIMARY KEY, bio TEXT NOT NULL)")

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

        await self._database.write(action)

    async def update(self, user: User) -> None:
        def action(connection: sqlite3.Connection) -> None:
            if not connection.execute("UPDATE users SET name = ? WHERE id = ?", (user.name, user.id)).rowcount:
                raise Refused(f"no user {user.id}", kind="missing")
            connection.execute("INSERT OR REPLACE INTO profiles VALUES (?, ?)", (user.id, user.bio))

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
        rows = await self._database.read(f"{_FROM}", ())
        start = text.casefold()
        users = [User(*row) for row in rows]
        found = [u for u in users if u.handle.casefold().startswith(start) or u.name.casefold().startswith(start)]
        counted = [((await self.counts(user.id)).followers, user) for user in found]
        return [user for _, user in sorted(counted, key=lambda pair: (-pair[0], pair[1].id))[:limit]]
