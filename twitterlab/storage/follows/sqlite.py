"""The social graph in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from twitterlab.errors import Refused
from twitterlab.parts.queue import Event
from twitterlab.storage.database import AMONG, Database, among, commit_event


class SqliteFollows:
    """`Follows` by the Schema part's statements."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = database.queries

    def _add(self, connection: sqlite3.Connection, follower_id: int, followee_id: int, at_ms: int) -> bool:
        if follower_id == followee_id:
            raise Refused("nobody follows themselves", kind="invalid")
        known = connection.execute(
            """SELECT (SELECT COUNT(*) FROM users WHERE id IN (:follower, :followee)),
            EXISTS (SELECT 1 FROM follows WHERE follower_id = :follower AND followee_id = :followee)""",
            {"follower": follower_id, "followee": followee_id},
        ).fetchone()
        if known[0] < 2:
            raise Refused(f"no user {follower_id} or {followee_id}", kind="missing")
        if known[1]:
            return False
        row = {"follower_id": follower_id, "followee_id": followee_id, "at_ms": at_ms}
        connection.execute(self._queries.follow, row)
        return True

    async def follow(self, follower_id: int, followee_id: int, at_ms: int, event: Event | None = None) -> bool:
        def action(connection: sqlite3.Connection) -> bool:
            is_new = self._add(connection, follower_id, followee_id, at_ms)
            if is_new:
                commit_event(connection, event)
            return is_new

        return await self._database.write(action)

    async def unfollow(self, follower_id: int, followee_id: int, event: Event | None = None) -> bool:
        def action(connection: sqlite3.Connection) -> bool:
            row = {"follower_id": follower_id, "followee_id": followee_id}
            was_there = connection.execute(self._queries.unfollow, row).rowcount > 0
            if was_there:
                commit_event(connection, event)
            return was_there

        return await self._database.write(action)

    async def follow_many(self, pairs: Iterable[tuple[int, int]], at_ms: int) -> int:
        known = [(int(follower_id), int(followee_id)) for follower_id, followee_id in pairs]
        return await self._database.write(lambda c: sum(self._add(c, *pair, at_ms) for pair in known))

    async def followers(self, user_id: int, after_id: int, limit: int) -> list[int]:
        row = {"user_id": user_id, "after_id": after_id, "limit": limit}
        return [found[0] for found in await self._database.read(self._queries.followers_page, row)]

    async def following(self, user_id: int, after_id: int, limit: int) -> list[int]:
        row = {"user_id": user_id, "after_id": after_id, "limit": limit}
        return [found[0] for found in await self._database.read(self._queries.following_page, row)]

    async def among(self, follower_id: int, others: Sequence[int]) -> set[int]:
        sql = f"SELECT followee_id FROM follows WHERE follower_id = ? AND followee_id IN {AMONG}"
        return {row[0] for row in await self._database.read(sql, (follower_id, among(others)))}
