"""Accounts in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from twitterlab.errors import Refused
from twitterlab.model.user import User, UserCounts
from twitterlab.storage.postgres_database import Connection, PostgresDatabase

TABLES = (
    """CREATE TABLE IF NOT EXISTS users (id BIGINT PRIMARY KEY, handle TEXT NOT NULL, lowered TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL, created_ms BIGINT NOT NULL, bio TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS starts (user_id BIGINT REFERENCES users, kind TEXT, text TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, kind))""",
    "CREATE INDEX IF NOT EXISTS starts_by_text ON starts (text, user_id)",
    "CREATE TABLE IF NOT EXISTS counts (name TEXT, id BIGINT, n BIGINT NOT NULL, PRIMARY KEY (name, id))",
)
_COLUMNS = "id, handle, name, created_ms, bio"


def counted(table: str, **columns: str) -> tuple[str, ...]:
    """Triggers that keep counts of the rows of `table`: the name of a count, the column it is counted by. Once a
    statement, in the order of their keys, so that two transactions seldom wait for each other."""
    rows = " UNION ALL ".join(
        f"SELECT '{name}' AS name, {column} AS id FROM changed WHERE {column} IS NOT NULL"
        for name, column in columns.items()
    )
    made = []
    for event, which, step in (("INSERT", "NEW", 1), ("DELETE", "OLD", -1)):
        function = f"count_{table}_{event.lower()}"
        made += [
            f"""CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO counts SELECT name, id, {step} * COUNT(*) FROM ({rows}) AS one GROUP BY name, id ORDER BY name, id
            ON CONFLICT (name, id) DO UPDATE SET n = counts.n + excluded.n; RETURN NULL; END $$""",
            f"""CREATE OR REPLACE TRIGGER {function} AFTER {event} ON {table} REFERENCING {which} TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION {function}()""",
        ]
    return tuple(made)


def count(name: str, of: str) -> str:
    """The expression of one count, of the id that `of` stands for."""
    return f"COALESCE((SELECT n FROM counts WHERE counts.name = '{name}' AND counts.id = {of}), 0)"


class PostgresUsers:
    """`Users` over tables of our own."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        database.define(*TABLES)

    async def add(self, user: User) -> None:
        async def action(connection: Connection) -> None:
            added = await connection.execute(
                f"INSERT INTO users ({_COLUMNS}, lowered) VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (user.id, user.handle, user.name, user.created_ms, user.bio, user.handle.lower()),
            )
            if not added.rowcount:
                raise Refused(f"user id {user.id} or handle {user.handle} is taken", kind="taken")
            await _start(connection, user.id, handle=user.handle, name=user.name)

        await self._database.write(action)

    async def update(self, user: User) -> None:
        async def action(connection: Connection) -> None:
            changed = await connection.execute(
                "UPDATE users SET name = %s, bio = %s WHERE id = %s", (user.name, user.bio, user.id)
            )
            if not changed.rowcount:
                raise Refused(f"no user {user.id}", kind="missing")
            await _start(connection, user.id, name=user.name)

        await self._database.write(action)

    async def by_handle(self, handle: str) -> User | None:
        rows = await self._database.read(f"SELECT {_COLUMNS} FROM users WHERE lowered = %s", (handle.lower(),))
        return User(*rows[0]) if rows else None

    async def many(self, user_ids: Sequence[int]) -> list[User]:
        sql = f"SELECT {_COLUMNS} FROM users WHERE id = ANY(%s::bigint[])"
        users = {row[0]: User(*row) for row in await self._database.read(sql, (list(user_ids),))}
        return [users[user_id] for user_id in user_ids if user_id in users]

    async def counts(self, user_id: int) -> UserCounts:
        names = ", ".join(count(name, "asked.id") for name in ("tweets", "followers", "following"))
        rows = await self._database.read(f"SELECT {names} FROM (SELECT %s::bigint AS id) AS asked", (user_id,))
        return UserCounts(*rows[0])

    async def search(self, text: str, limit: int) -> list[User]:
        sql = f"""SELECT {_COLUMNS} FROM users
            WHERE id IN (SELECT user_id FROM starts WHERE starts_with(text, %s))
            ORDER BY {count("followers", "users.id")} DESC, id LIMIT %s"""
        return [User(*row) for row in await self._database.read(sql, (text.casefold(), limit))]


async def _start(connection: Connection, user_id: int, **texts: str) -> None:
    """What `search` compares: in Python's case folding, which knows all scripts."""
    for kind, text in texts.items():
        await connection.execute(
            """INSERT INTO starts VALUES (%s, %s, %s)
            ON CONFLICT (user_id, kind) DO UPDATE SET text = excluded.text""",
            (user_id, kind, text.casefold()),
        )
