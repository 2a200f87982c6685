"""Blocks and mutes in MySQL or MariaDB."""

from __future__ import annotations

from twitterlab.storage.mysql_database import MysqlDatabase, added

TABLES = (
    """CREATE TABLE IF NOT EXISTS blocks (user_id BIGINT, other_id BIGINT, PRIMARY KEY (user_id, other_id),
    INDEX blocks_by_other (other_id, user_id))""",
    "CREATE TABLE IF NOT EXISTS mutes (user_id BIGINT, other_id BIGINT, PRIMARY KEY (user_id, other_id))",
)


class MysqlRelations:
    """`Relations` over tables of our own."""

    def __init__(self, database: MysqlDatabase) -> None:
        self._database = database
        database.define(*TABLES)

    async def block(self, user_id: int, other_id: int) -> bool:
        return await self._set("blocks", user_id, other_id)

    async def unblock(self, user_id: int, other_id: int) -> bool:
        return await self._clear("blocks", user_id, other_id)

    async def mute(self, user_id: int, other_id: int) -> bool:
        return await self._set("mutes", user_id, other_id)

    async def unmute(self, user_id: int, other_id: int) -> bool:
        return await self._clear("mutes", user_id, other_id)

    async def blocked(self, user_id: int) -> frozenset[int]:
        return await self._ids("SELECT other_id FROM blocks WHERE user_id = %(user_id)s", user_id)

    async def muted(self, user_id: int) -> frozenset[int]:
        return await self._ids("SELECT other_id FROM mutes WHERE user_id = %(user_id)s", user_id)

    async def hidden(self, user_id: int) -> frozenset[int]:
        return await self._ids(
            """SELECT other_id FROM blocks WHERE user_id = %(user_id)s
            UNION SELECT other_id FROM mutes WHERE user_id = %(user_id)s
            UNION SELECT user_id FROM blocks WHERE other_id = %(user_id)s""",
            user_id,
        )

    async def blocks_either_way(self, user_id: int, other_id: int) -> bool:
        sql = "SELECT 1 FROM blocks WHERE (user_id, other_id) IN ((%(one)s, %(other)s), (%(other)s, %(one)s))"
        return bool(await self._database.read(sql, {"one": user_id, "other": other_id}))

    async def _set(self, table: str, user_id: int, other_id: int) -> bool:
        sql = f"INSERT INTO {table} VALUES (%s, %s)"
        return await self._database.write(lambda cursor: added(cursor, sql, (user_id, other_id)))

    async def _clear(self, table: str, user_id: int, other_id: int) -> bool:
        sql = f"DELETE FROM {table} WHERE user_id = %s AND other_id = %s"
        return await self._database.change(sql, (user_id, other_id)) > 0

    async def _ids(self, sql: str, user_id: int) -> frozenset[int]:
        return frozenset(row[0] for row in await self._database.read(sql, {"user_id": user_id}))
