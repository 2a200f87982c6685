"""The social graph in MySQL or MariaDB."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pymysql.cursors import Cursor

from twitterlab.errors import Refused
from twitterlab.parts.queue import Event
from twitterlab.storage.mysql_database import MysqlDatabase, commit_event, marks
from twitterlab.storage.users.mysql import counted

TABLES = (
    """CREATE TABLE IF NOT EXISTS follows (follower_id BIGINT, followee_id BIGINT, at_ms BIGINT NOT NULL,
    PRIMARY KEY (follower_id, followee_id), INDEX follows_by_followee (followee_id, follower_id),
    FOREIGN KEY (follower_id) REFERENCES users (id), FOREIGN KEY (followee_id) REFERENCES users (id))""",
    *counted("follows", followers="followee_id", following="follower_id"),
)
_ADD = "INSERT IGNORE INTO follows VALUES (%s, %s, %s)"
"""What it would ignore beside a known pair has been refused before."""


class MysqlFollows:
    """`Follows` over a table of our own."""

    def __init__(self, database: MysqlDatabase) -> None:
        self._database = database
        database.define(*TABLES)

    async def follow(self, follower_id: int, followee_id: int, at_ms: int, event: Event | None = None) -> bool:
        def action(cursor: Cursor) -> bool:
            _refuse(cursor, [(follower_id, followee_id)])
            is_new = bool(cursor.execute(_ADD, (follower_id, followee_id, at_ms)))
            if is_new:
                commit_event(cursor, event)
            return is_new

        return await self._database.write(action)

    async def unfollow(self, follower_id: int, followee_id: int, event: Event | None = None) -> bool:
        def action(cursor: Cursor) -> bool:
            sql = "DELETE FROM follows WHERE follower_id = %s AND followee_id = %s"
            was_there = bool(cursor.execute(sql, (follower_id, followee_id)))
            if was_there:
                commit_event(cursor, event)
            return was_there

        return await self._database.write(action)

    async def follow_many(self, pairs: Iterable[tuple[int, int]], at_ms: int) -> int:
        wanted = list(dict.fromkeys((int(follower_id), int(followee_id)) for follower_id, followee_id in pairs))

        def action(cursor: Cursor) -> int:
            _refuse(cursor, wanted)
            return int(cursor.executemany(_ADD, [(*pair, at_ms) for pair in sorted(wanted)]) or 0)

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
        among, values = marks(others)
        sql = f"SELECT followee_id FROM follows WHERE follower_id = %s AND followee_id {among}"
        return {row[0] for row in await self._database.read(sql, (follower_id, *values))}


def _refuse(cursor: Cursor, pairs: Sequence[tuple[int, int]]) -> None:
    """What nobody may follow, found by one question."""
    among, values = marks({user_id for pair in pairs for user_id in pair})
    cursor.execute(f"SELECT id FROM users WHERE id {among}", values)
    known = {row[0] for row in cursor.fetchall()}
    for follower_id, followee_id in pairs:
        if follower_id == followee_id:
            raise Refused("nobody follows themselves", kind="invalid")
        if not known >= {follower_id, followee_id}:
            raise Refused(f"no user {follower_id} or {followee_id}", kind="missing")
