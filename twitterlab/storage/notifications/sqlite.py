"""Notifications in SQLite."""

from __future__ import annotations

from collections.abc import Sequence

from twitterlab.model.message import Notification
from twitterlab.storage.database import Database

_COLUMNS = "id, user_id, kind, actor_id, tweet_id, at_ms"


class SqliteNotifications:
    """`Notifications` in tables of our own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define(
            """CREATE TABLE IF NOT EXISTS notifications (user_id INTEGER, id INTEGER, kind TEXT, actor_id INTEGER,
            tweet_id INTEGER, at_ms INTEGER, PRIMARY KEY (user_id, id)) WITHOUT ROWID""",
            "CREATE TABLE IF NOT EXISTS notifications_read (user_id INTEGER PRIMARY KEY, up_to_id INTEGER NOT NULL)",
        )

    async def add(self, notifications: Sequence[Notification]) -> None:
        rows = [(n.id, n.user_id, n.kind, n.actor_id, n.tweet_id, n.at_ms) for n in notifications]
        sql = f"INSERT OR IGNORE INTO notifications ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"
        await self._database.write(lambda c: c.executemany(sql, rows).rowcount, is_flushed=False)

    async def page(self, user_id: int, before_id: int, limit: int) -> list[Notification]:
        sql = f"SELECT {_COLUMNS} FROM notifications WHERE user_id = ? AND id < ? ORDER BY id DESC LIMIT ?"
        return [Notification(*row) for row in await self._database.read(sql, (user_id, before_id, limit))]

    async def read(self, user_id: int, up_to_id: int) -> None:
        sql = """INSERT INTO notifications_read VALUES (?, ?)
            ON CONFLICT (user_id) DO UPDATE SET up_to_id = MAX(up_to_id, excluded.up_to_id)"""
        await self._database.write(lambda c: c.execute(sql, (user_id, up_to_id)))

    async def unread(self, user_id: int) -> int:
        sql = """SELECT COUNT(*) FROM notifications WHERE user_id = :user_id
            AND id > COALESCE((SELECT up_to_id FROM notifications_read WHERE user_id = :user_id), -1)"""
        rows = await self._database.read(sql, {"user_id": user_id})
        return int(rows[0][0])
