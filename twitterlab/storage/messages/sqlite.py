"""Direct messages in SQLite."""

from __future__ import annotations

import sqlite3

from twitterlab.errors import Refused
from twitterlab.model.message import Conversation, DirectMessage
from twitterlab.storage.database import Database

_COLUMNS = "m.id, m.sender_id, m.recipient_id, m.text, m.sent_ms"


class SqliteMessages:
    """`Messages` in tables of our own: the message once, a place for each of the two."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define(
            """CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, sender_id INTEGER, recipient_id INTEGER,
            text TEXT NOT NULL, sent_ms INTEGER)""",
            """CREATE TABLE IF NOT EXISTS inboxes (user_id INTEGER, other_id INTEGER, id INTEGER, is_incoming INTEGER,
            PRIMARY KEY (user_id, other_id, id)) WITHOUT ROWID""",
            """CREATE TABLE IF NOT EXISTS conversations (user_id INTEGER, other_id INTEGER, last_id INTEGER,
            read_id INTEGER NOT NULL DEFAULT -1, PRIMARY KEY (user_id, other_id)) WITHOUT ROWID""",
            "CREATE INDEX IF NOT EXISTS conversations_by_last ON conversations (user_id, last_id)",
        )

    async def add(self, message: DirectMessage) -> None:
        def action(connection: sqlite3.Connection) -> None:
            row = (message.id, message.sender_id, message.recipient_id, message.text, message.sent_ms)
            if not connection.execute("INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?, ?)", row).rowcount:
                raise Refused(f"message id {message.id} is taken", kind="taken")
            sides = {
                message.sender_id: message.recipient_id,
                message.recipient_id: message.sender_id,
            }
            for user_id, other_id in sides.items():
                is_incoming = user_id == message.recipient_id
                connection.execute(
                    "INSERT INTO inboxes VALUES (?, ?, ?, ?)", (user_id, other_id, message.id, is_incoming)
                )
                connection.execute(
                    """INSERT INTO conversations (user_id, other_id, last_id) VALUES (?, ?, ?)
                    ON CONFLICT (user_id, other_id) DO UPDATE
                    SET last_id = MAX(COALESCE(last_id, excluded.last_id), excluded.last_id)""",
                    (user_id, other_id, message.id),
                )

        await self._database.write(action)

    async def page(self, user_id: int, other_id: int, before_id: int, limit: int) -> list[DirectMessage]:
        sql = f"""SELECT {_COLUMNS} FROM inboxes i JOIN messages m ON m.id = i.id
            WHERE i.user_id = ? AND i.other_id = ? AND i.id < ? ORDER BY i.id DESC LIMIT ?"""
        return [DirectMessage(*row) for row in await self._database.read(sql, (user_id, other_id, before_id, limit))]

    async def conversations(self, user_id: int, before_id: int, limit: int) -> list[Conversation]:
        sql = f"""SELECT c.other_id, (SELECT COUNT(*) FROM inboxes i WHERE i.user_id = c.user_id
                AND i.other_id = c.other_id AND i.id > c.read_id AND i.is_incoming), {_COLUMNS}
            FROM conversations c JOIN messages m ON m.id = c.last_id
            WHERE c.user_id = ? AND c.last_id < ? ORDER BY c.last_id DESC LIMIT ?"""
        rows = await self._database.read(sql, (user_id, before_id, limit))
        return [Conversation(row[0], DirectMessage(*row[2:]), row[1]) for row in rows]

    async def read(self, user_id: int, other_id: int, up_to_id: int) -> None:
        sql = """INSERT INTO conversations (user_id, other_id, read_id) VALUES (?, ?, ?)
            ON CONFLICT (user_id, other_id) DO UPDATE SET read_id = MAX(read_id, excluded.read_id)"""
        await self._database.write(lambda c: c.execute(sql, (user_id, other_id, up_to_id)))
