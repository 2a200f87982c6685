"""Direct messages in MySQL or MariaDB."""

from __future__ import annotations

from pymysql.cursors import Cursor

from twitterlab.errors import Refused
from twitterlab.model.message import Conversation, DirectMessage
from twitterlab.storage.mysql_database import MysqlDatabase, added

TABLES = (
    """CREATE TABLE IF NOT EXISTS messages (id BIGINT PRIMARY KEY, sender_id BIGINT, recipient_id BIGINT,
    text MEDIUMTEXT NOT NULL, sent_ms BIGINT)""",
    """CREATE TABLE IF NOT EXISTS inboxes (user_id BIGINT, other_id BIGINT, id BIGINT, is_incoming BOOLEAN,
    PRIMARY KEY (user_id, other_id, id))""",
    """CREATE TABLE IF NOT EXISTS conversations (user_id BIGINT, other_id BIGINT, last_id BIGINT,
    read_id BIGINT NOT NULL DEFAULT -1, PRIMARY KEY (user_id, other_id),
    INDEX conversations_by_last (user_id, last_id))""",
)
_COLUMNS = "m.id, m.sender_id, m.recipient_id, m.text, m.sent_ms"
_LAST = """INSERT INTO conversations (user_id, other_id, last_id) VALUES (%s, %s, %s)
    ON DUPLICATE KEY UPDATE last_id = GREATEST(COALESCE(last_id, VALUES(last_id)), VALUES(last_id))"""


class MysqlMessages:
    """`Messages` over tables of our own: the message once, a place for each of the two."""

    def __init__(self, database: MysqlDatabase) -> None:
        self._database = database
        database.define(*TABLES)

    async def add(self, message: DirectMessage) -> None:
        sides = {message.sender_id: message.recipient_id, message.recipient_id: message.sender_id}

        def action(cursor: Cursor) -> None:
            row = (message.id, message.sender_id, message.recipient_id, message.text, message.sent_ms)
            if not added(cursor, "INSERT INTO messages VALUES (%s, %s, %s, %s, %s)", row):
                raise Refused(f"message id {message.id} is taken", kind="taken")
            for user, other in sorted(sides.items()):  # both ways in one order: two who write to each other wait once
                place = (user, other, message.id, user == message.recipient_id)
                cursor.execute("INSERT INTO inboxes VALUES (%s, %s, %s, %s)", place)
                cursor.execute(_LAST, place[:3])

        await self._database.write(action)

    async def page(self, user_id: int, other_id: int, before_id: int, limit: int) -> list[DirectMessage]:
        sql = f"""SELECT {_COLUMNS} FROM inboxes i JOIN messages m ON m.id = i.id
            WHERE i.user_id = %s AND i.other_id = %s AND i.id < %s ORDER BY i.id DESC LIMIT %s"""
        return [DirectMessage(*row) for row in await self._database.read(sql, (user_id, other_id, before_id, limit))]

    async def conversations(self, user_id: int, before_id: int, limit: int) -> list[Conversation]:
        sql = f"""SELECT c.other_id, (SELECT COUNT(*) FROM inboxes i WHERE i.user_id = c.user_id
                AND i.other_id = c.other_id AND i.id > c.read_id AND i.is_incoming), {_COLUMNS}
            FROM conversations c JOIN messages m ON m.id = c.last_id
            WHERE c.user_id = %s AND c.last_id < %s ORDER BY c.last_id DESC LIMIT %s"""
        rows = await self._database.read(sql, (user_id, before_id, limit))
        return [Conversation(row[0], DirectMessage(*row[2:]), row[1]) for row in rows]

    async def read(self, user_id: int, other_id: int, up_to_id: int) -> None:
        sql = """INSERT INTO conversations (user_id, other_id, read_id) VALUES (%s, %s, %s)
            ON DUPLICATE KEY UPDATE read_id = GREATEST(read_id, VALUES(read_id))"""
        await self._database.change(sql, (user_id, other_id, up_to_id))
