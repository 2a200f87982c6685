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

    async def follow(self, follower_id: int, followee_id: int, at_ms: int, event: Event | None = None) -> bool:
        def action(connection: sqlite3.Connection) -> bool:
            pair = (follower_id, followee_id)
            _refuse(connection, [pair])
            follows = "SELECT 1 FROM follows WHERE follower_id = ? AND followee_id = ?"
            if connection.execute(follows, pair).fetchone():
                return False
            connection.execute(self._queries.follow, _row(pair, at_ms))
            commit_event(connection, event)
            return True

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
        wanted = dict.fromkeys((int(follower_id), int(followee_id)) for follower_id, followee_id in pairs)

        def action(connection: sqlite3.Connection) -> int:
            _refuse(connection, wanted)
            sql = f"SELECT follower_id, followee_id FROM follows WHERE follower_id IN {AMONG}"
            known = set(connection.execute(sql, (among({pair[0] for pair in wanted}),)))
            rows = [_row(pair, at_ms) for pair in wanted if pair not in known]
            connection.executemany(self._queries.follow, rows)
            return len(rows)

        return await self._database.write(action)

    async def followers(self, user_id: int, after_id: int, limit: int) -> list[int]:
        row = {"user_id": user_id, "after_id": after_id, "limit": limit}
        return [found[0] for found in await self._database.read(self._queries.followers_page, row)]

    async def following(self, user_id: int, after_id: int, limit: int) -> list[int]:
        row = {"user_id": user_id, "after_id": after_id, "limit": limit}
        return [found[0] for found in await self._database.read(self._queries.following_page, row)]

    async def among(self, follower_id: int, others: Sequence[int]) -> set[int]:
        sql = f"SELECT followee_id FROM follows WHERE follower_id = ? AND followee_id IN {AMONG}"
        return {row[0] for row in await self._database.read(sql, (follower_id, among(others)))}


def _row(pair: tuple[int, int], at_ms: int) -> dict[str, int]:
    return {"follower_id": pair[0], "followee_id": pair[1], "at_ms": at_ms}


def _refuse(connection: sqlite3.Connection, pairs: Iterable[tuple[int, int]]) -> None:
    """What nobody may follow, found by one question."""
    people = {user_id for pair in pairs for user_id in pair}
    sql = f"SELECT id FROM users WHERE id IN {AMONG}"
    known = {row[0] for row in connection.execute(sql, (among(people),))}
    for follower_id, followee_id in pairs:
        if follower_id == followee_id:
            raise Refused("nobody follows themselves", kind="invalid")
        if not known >= {follower_id, followee_id}:
            raise Refused(f"no user {follower_id} or {followee_id}", kind="missing")
