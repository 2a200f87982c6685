"""Accounts in MySQL or MariaDB."""

from __future__ import annotations

from collections.abc import Sequence

from pymysql.cursors import Cursor

from twitterlab.errors import Refused
from twitterlab.model.user import User, UserCounts
from twitterlab.storage.mysql_database import MysqlDatabase, added, marks

TABLES = (
    """CREATE TABLE IF NOT EXISTS users (id BIGINT PRIMARY KEY, handle VARCHAR(200) NOT NULL,
    lowered VARBINARY(800) NOT NULL UNIQUE, name MEDIUMTEXT NOT NULL, created_ms BIGINT NOT NULL, bio MEDIUMTEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS starts (user_id BIGINT, kind VARCHAR(10), text VARBINARY(1000) NOT NULL,
    PRIMARY KEY (user_id, kind), INDEX starts_by_text (text, user_id), FOREIGN KEY (user_id) REFERENCES users (id))""",
    "CREATE TABLE IF NOT EXISTS counts (name VARCHAR(20), id BIGINT, n BIGINT NOT NULL, PRIMARY KEY (name, id))",
)
_COLUMNS = "id, handle, name, created_ms, bio"
_AFTER_ALL = b"\xff"
"""No text in UTF-8 has this byte, so it sorts after every text that goes on."""


def counted(table: str, **columns: str) -> tuple[str, ...]:
    """Triggers that keep counts of the rows of `table`: the name of a count, the column it is counted by. A foreign
    key that cascades fires none of them (MariaDB documentation, "Trigger Limitations")."""
    made = []
    for event, which, step in (("INSERT", "NEW", 1), ("DELETE", "OLD", -1)):
        counts = "".join(
            f"""IF {which}.{column} IS NOT NULL THEN INSERT INTO counts VALUES ('{name}', {which}.{column}, {step})
            ON DUPLICATE KEY UPDATE n = n + {step}; END IF; """
            for name, column in sorted(columns.items())
        )
        made.append(
            f"""CREATE TRIGGER IF NOT EXISTS count_{table}_{event.lower()} AFTER {event} ON {table}
            FOR EACH ROW BEGIN {counts} END"""
        )
    return tuple(made)


def count(name: str, of: str) -> str:
    """The expression of one count, of the id that `of` stands for."""
    return f"COALESCE((SELECT n FROM counts WHERE counts.name = '{name}' AND counts.id = {of}), 0)"


class MysqlUsers:
    """`Users` over tables of our own."""

    def __init__(self, database: MysqlDatabase) -> None:
        self._database = database
        database.define(*TABLES)

    async def add(self, user: User) -> None:
        def action(cursor: Cursor) -> None:
            row = (user.id, user.handle, user.name, user.created_ms, user.bio, user.handle.lower().encode())
            sql = f"INSERT INTO users ({_COLUMNS}, lowered) VALUES (%s, %s, %s, %s, %s, %s)"
            if not added(cursor, sql, row):
                raise Refused(f"user id {user.id} or handle {user.handle} is taken", kind="taken")
            _start(cursor, user.id, handle=user.handle, name=user.name)

        await self._database.write(action)

    async def update(self, user: User) -> None:
        def action(cursor: Cursor) -> None:
            if not cursor.execute("UPDATE users SET name = %s, bio = %s WHERE id = %s", (user.name, user.bio, user.id)):
                raise Refused(f"no user {user.id}", kind="missing")
            _start(cursor, user.id, name=user.name)

        await self._database.write(action)

    async def by_handle(self, handle: str) -> User | None:
        rows = await self._database.read(f"SELECT {_COLUMNS} FROM users WHERE lowered = %s", (handle.lower().encode(),))
        return User(*rows[0]) if rows else None

    async def many(self, user_ids: Sequence[int]) -> list[User]:
        among, values = marks(user_ids)
        rows = await self._database.read(f"SELECT {_COLUMNS} FROM users WHERE id {among}", values)
        users = {row[0]: User(*row) for row in rows}
        return [users[user_id] for user_id in user_ids if user_id in users]

    async def counts(self, user_id: int) -> UserCounts:
        names = ", ".join(count(name, "asked.id") for name in ("tweets", "followers", "following"))
        rows = await self._database.read(f"SELECT {names} FROM (SELECT %s AS id) AS asked", (user_id,))
        return UserCounts(*map(int, rows[0]))

    async def search(self, text: str, limit: int) -> list[User]:
        start = text.casefold().encode()
        sql = f"""SELECT {_COLUMNS} FROM users
            WHERE id IN (SELECT user_id FROM starts WHERE text >= %s AND text < %s)
            ORDER BY {count("followers", "users.id")} DESC, id LIMIT %s"""
        return [User(*row) for row in await self._database.read(sql, (start, start + _AFTER_ALL, limit))]


def _start(cursor: Cursor, user_id: int, **texts: str) -> None:
    """What `search` compares: in Python's case folding, which knows all scripts, and byte by byte."""
    for kind, text in texts.items():
        cursor.execute(
            "INSERT INTO starts VALUES (%s, %s, %s) ON DUPLICATE KEY UPDATE text = VALUES(text)",
            (user_id, kind, text.casefold().encode()),
        )
