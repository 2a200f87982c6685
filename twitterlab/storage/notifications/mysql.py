"""Notifications in MySQL or MariaDB."""

from __future__ import annotations

from collections.abc import Sequence

from pymysql.cursors import Cursor

from twitterlab.model.message import Notification
from twitterlab.storage.mysql_database import MysqlDatabase, added

TABLES = (
    """CREATE TABLE IF NOT EXISTS notifications (user_id BIGINT, id BIGINT, kind VARCHAR(40), actor_id BIGINT,
    tweet_id BIGINT, at_ms BIGINT, PRIMARY KEY (user_id, id))""",
    "CREATE TABLE IF NOT EXISTS notifications_read (user_id BIGINT PRIMARY KEY, up_to_id BIGINT NOT NULL)",
)
_COLUMNS = "id, user_id, kind, actor_id, tweet_id, at_ms"


class MysqlNotifications:
    """`Notifications` over tables of our own."""

    def __init__(self, database: MysqlDatabase) -> None:
        self._database = database
        database.define(*TABLES)

    async def add(self, notifications: Sequence[Notification]) -> None:
        rows = [(n.user_id, n.id, n.kind, n.actor_id, n.tweet_id, n.at_ms) for n in notifications]
        rows.sort(key=lambda row: row[:2])  # in the order of the key, and of two with one key the first wins
        sql = "INSERT INTO notifications (user_id, id, kind, actor_id, tweet_id, at_ms) VALUES (%s, %s, %s, %s, %s, %s)"

        def action(cursor: Cursor) -> None:
            for row in rows:
                added(cursor, sql, row)

        if rows:
            await self._database.write(action)

    async def page(self, user_id: int, before_id: int, limit: int) -> list[Notification]:
        sql = f"SELECT {_COLUMNS} FROM notifications WHERE user_id = %s AND id < %s ORDER BY id DESC LIMIT %s"
        return [Notification(*row) for row in await self._database.read(sql, (user_id, before_id, limit))]

    async def read(self, user_id: int, up_to_id: int) -> None:
        sql = """INSERT INTO notifications_read VALUES (%s, %s)
            ON DUPLICATE KEY UPDATE up_to_id = GREATEST(up_to_id, VALUES(up_to_id))"""
        await self._database.change(sql, (user_id, up_to_id))

    async def unread(self, user_id: int) -> int:
        sql = """SELECT COUNT(*) FROM notifications WHERE user_id = %(user_id)s
            AND id > COALESCE((SELECT up_to_id FROM notifications_read WHERE user_id = %(user_id)s), -1)"""
        rows = await self._database.read(sql, {"user_id": user_id})
        return int(rows[0][0])
