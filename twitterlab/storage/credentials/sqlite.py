"""Credentials in SQLite."""

from __future__ import annotations

from twitterlab.errors import Refused
from twitterlab.storage.database import Database


class SqliteCredentials:
    """`Credentials` in tables of our own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define(
            "CREATE TABLE IF NOT EXISTS passwords (user_id INTEGER PRIMARY KEY, hashed TEXT NOT NULL)",
            """CREATE TABLE IF NOT EXISTS sessions (digest BLOB PRIMARY KEY, user_id INTEGER NOT NULL,
            expires_ms INTEGER NOT NULL) WITHOUT ROWID""",
            "CREATE INDEX IF NOT EXISTS sessions_by_user ON sessions (user_id)",
            "CREATE INDEX IF NOT EXISTS sessions_by_expiry ON sessions (expires_ms)",
        )

    async def set_password(self, user_id: int, hashed: str) -> None:
        sql = "INSERT INTO passwords VALUES (?, ?) ON CONFLICT (user_id) DO UPDATE SET hashed = excluded.hashed"
        await self._database.write(lambda c: c.execute(sql, (user_id, hashed)).rowcount)

    async def password(self, user_id: int) -> str | None:
        rows = await self._database.read("SELECT hashed FROM passwords WHERE user_id = ?", (user_id,))
        return str(rows[0][0]) if rows else None

    async def open_session(self, digest: bytes, user_id: int, expires_ms: int) -> None:
        sql = "INSERT OR IGNORE INTO sessions VALUES (?, ?, ?)"
        if not await self._database.write(lambda c: c.execute(sql, (digest, user_id, expires_ms)).rowcount):
            raise Refused("this session is open already", kind="taken")

    async def session(self, digest: bytes, now_ms: int) -> int | None:
        sql = "SELECT user_id FROM sessions WHERE digest = ? AND expires_ms > ?"
        rows = await self._database.read(sql, (digest, now_ms))
        return int(rows[0][0]) if rows else None

    async def close_session(self, digest: bytes) -> None:
        await self._database.write(lambda c: c.execute("DELETE FROM sessions WHERE digest = ?", (digest,)).rowcount)

    async def close_all(self, user_id: int) -> None:
        await self._database.write(lambda c: c.execute("DELETE FROM sessions WHERE user_id = ?", (user_id,)).rowcount)

    async def forget_expired(self, now_ms: int) -> int:
        sql = "DELETE FROM sessions WHERE expires_ms <= ?"
        return int(await self._database.write(lambda c: c.execute(sql, (now_ms,)).rowcount))
