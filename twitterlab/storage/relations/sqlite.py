"""Blocks and mutes in SQLite."""

from __future__ import annotations

from twitterlab.storage.database import Database


class SqliteRelations:
    """`Relations` in tables of our own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        for name in ("blocks", "mutes"):
            database.define(
                f"""CREATE TABLE IF NOT EXISTS {name} (user_id INTEGER, other_id INTEGER,
                PRIMARY KEY (user_id, other_id)) WITHOUT ROWID""",
            )
        database.define("CREATE INDEX IF NOT EXISTS blocks_by_other ON blocks (other_id, user_id)")

    async def _set(self, table: str, user_id: int, other_id: int) -> bool:
        sql = f"INSERT OR IGNORE INTO {table} VALUES (?, ?)"
        return await self._database.write(lambda c: c.execute(sql, (user_id, other_id)).rowcount > 0)

    async def _clear(self, table: str, user_id: int, other_id: int) -> bool:
        sql = f"DELETE FROM {table} WHERE user_id = ? AND other_id = ?"
        return await self._database.write(lambda c: c.execute(sql, (user_id, other_id)).rowcount > 0)

    async def _ids(self, sql: str, user_id: int) -> frozenset[int]:
        return frozenset(row[0] for row in await self._database.read(sql, {"user_id": user_id}))

    async def block(self, user_id: int, other_id: int) -> bool:
        return await self._set("blocks", user_id, other_id)

    async def unblock(self, user_id: int, other_id: int) -> bool:
        return await self._clear("blocks", user_id, other_id)

    async def mute(self, user_id: int, other_id: int) -> bool:
        return await self._set("mutes", user_id, other_id)

    async def unmute(self, user_id: int, other_id: int) -> bool:
        return await self._clear("mutes", user_id, other_id)

    async def blocked(self, user_id: int) -> frozenset[int]:
        return await self._ids("SELECT other_id FROM blocks WHERE user_id = :user_id", user_id)

    async def muted(self, user_id: int) -> frozenset[int]:
        return await self._ids("SELECT other_id FROM mutes WHERE user_id = :user_id", user_id)

    async def hidden(self, user_id: int) -> frozenset[int]:
        return await self._ids(
            """SELECT other_id FROM blocks WHERE user_id = :user_id
            UNION SELECT other_id FROM mutes WHERE user_id = :user_id
            UNION SELECT user_id FROM blocks WHERE other_id = :user_id""",
            user_id,
        )

    async def blocks_either_way(self, user_id: int, other_id: int) -> bool:
        sql = "SELECT 1 FROM blocks WHERE (user_id = ?1 AND other_id = ?2) OR (user_id = ?2 AND other_id = ?1)"
        return bool(await self._database.read(sql, (user_id, other_id)))
