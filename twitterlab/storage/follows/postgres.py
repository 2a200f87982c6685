"""The social graph in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from twitterlab.errors import Refused
from twitterlab.parts.queue import Event
from twitterlab.storage.postgres_database import Connection, PostgresDatabase, commit_event
from twitterlab.storage.users.postgres import counted

TABLES = (
    """CREATE TABLE IF NOT EXISTS follows (follower_id BIGINT REFERENCES users, followee_id BIGINT REFERENCES users,
    at_ms BIGINT NOT NULL, PRIMARY KEY (follower_id, followee_id), CHECK (follower_id <> followee_id))""",
    "CREATE INDEX IF NOT EXISTS follows_by_followee ON follows (followee_id, follower_id)",
    *counted("follows", followers="followee_id", following="follower_id"),
)
_ADD = "INSERT INTO follows SELECT *, %s FROM unnest(%s::bigint[], %s::bigint[]) ON CONFLICT DO NOTHING"


class PostgresFollows:
    """`Follows` over a table of our own."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        database.define(*TABLES)

    async def follow(self, follower_id: int, followee_id: int, at_ms: int, event: Event | None = None) -> bool:
        async def action(connection: Connection) -> bool:
            await _refuse(connection, [(follower_id, followee_id)])
            is_new = (await connection.execute(_ADD, (at_ms, [follower_id], [followee_id]))).rowcount > 0
            if is_new:
                await commit_event(connection, event)
            return is_new

        return await self._database.write(action)

    async def unfollow(self, follower_id: int, followee_id: int, event: Event | None = None) -> bool:
        async def action(connection: Connection) -> bool:
            sql = "DELETE FROM follows WHERE follower_id = %s AND followee_id = %s"
            was_there = (await connection.execute(sql, (follower_id, followee_id))).rowcount > 0
            if was_there:
                await commit_event(connection, event)
            return was_there

        return await self._database.write(action)

    async def follow_many(self, pairs: Iterable[tuple[int, int]], at_ms: int) -> int:
        wanted = list(dict.fromkeys((int(follower_id), int(followee_id)) for follower_id, followee_id in pairs))

        async def action(connection: Connection) -> int:
            await _refuse(connection, wanted)
            row = (at_ms, [pair[0] for pair in wanted], [pair[1] for pair in wanted])
            return (await connection.execute(_ADD, row)).rowcount

        return await self._database.write(action)

    async def followers(self, user_id: int, after_id: int, limit: int) -> list[int]:
        sql = """SELECT follower_id FROM follows WHERE followee_id = %s AND follower_id > %s
            ORDER BY follower_id LIMIT %s"""
        return [row[0] for row in await self._database.read(sql, (user_id, after_id, limit))]

    async def following(self, user_id: int, after_id: int, limit: int) -> list[int]:
        sql = """SELECT followee_id FROM follows WHERE follower_id = %s AND followee_id > %s
            ORDER BY followee_id LIMIT %s"""
        return [row[0] for row in await self._database.read(sql, (user_id, after_id, limit))]

    async def among(self, follower_id: int, others: Sequence[int]) -> set[int]:
        sql = "SELECT followee_id FROM follows WHERE follower_id = %s AND followee_id = ANY(%s::bigint[])"
        return {row[0] for row in await self._database.read(sql, (follower_id, list(others)))}


async def _refuse(connection: Connection, pairs: Sequence[tuple[int, int]]) -> None:
    """What nobody may follow, found by one question."""
    people = {user_id for pair in pairs for user_id in pair}
    found = await connection.execute("SELECT id FROM users WHERE id = ANY(%s::bigint[])", (list(people),))
    known = {row[0] for row in await found.fetchall()}
    for follower_id, followee_id in pairs:
        if follower_id == followee_id:
            raise Refused("nobody follows themselves", kind="invalid")
        if not known >= {follower_id, followee_id}:
            raise Refused(f"no user {follower_id} or {followee_id}", kind="missing")
