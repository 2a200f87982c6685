"""Credentials in MySQL or MariaDB."""

from __future__ import annotations

from twitterlab.errors import Refused
from twitterlab.storage.mysql_database import MysqlDatabase, added

TABLES = (
    "CREATE TABLE IF NOT EXISTS passwords (user_id BIGINT PRIMARY KEY, hashed VARCHAR(500) NOT NULL)",
    """CREATE TABLE IF NOT EXISTS sessions (digest VARBINARY(64) PRIMARY KEY, user_id BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL, INDEX sessions_by_user (user_id), INDEX sessions_by_expiry (expires_ms))""",
)


class MysqlCredentials:
    """`Credentials` over tables of our own."""

    def __init__(self, database: MysqlDatabase) -> None:
        self._database = database
        database.define(*TABLES)

    async def set_password(self, user_id: int, hashed: str) -> None:
        sql = "INSERT INTO passwords VALUES (%s, %s) ON DUPLICATE KEY UPDATE hashed = VALUES(hashed)"
        await self._database.change(sql, (user_id, hashed))

    async def password(self, user_id: int) -> str | None:
        rows = await self._database.read("SELECT hashed FROM passwords WHERE user_id = %s", (user_id,))
        return str(rows[0][0]) if rows else None

    async def open_session(self, digest: bytes, user_id: int, expires_ms: int) -> None:
        sql = "INSERT INTO sessions VALUES (%s, %s, %s)"
        if not await self._database.write(lambda cursor: added(cursor, sql, (digest, user_id, expires_ms))):
            raise Refused("this session is open already", kind="taken")

    async def session(self, digest: bytes, now_ms: int) -> int | None:
        sql = "SELECT user_id FROM sessions WHERE digest = %s AND expires_ms > %s"
        rows = await self._database.read(sql, (digest, now_ms))
        return int(rows[0][0]) if rows else None

    async def close_session(self, digest: bytes) -> None:
        await self._database.change("DELETE FROM sessions WHERE digest = %s", (digest,))

    async def close_all(self, user_id: int) -> None:
        await self._database.change("DELETE FROM sessions WHERE user_id = %s", (user_id,))

    async def forget_expired(self, now_ms: int) -> int:
        return await self._database.change("DELETE FROM sessions WHERE expires_ms <= %s", (now_ms,))
