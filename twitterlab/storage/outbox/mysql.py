"""The outbox in MySQL or MariaDB: a table that writes fill in their own transaction.

How far the relay has come stands in memory: it dies with the process, and what was on its way is pending again.
"""

from __future__ import annotations

from collections.abc import Sequence

from twitterlab.parts.queue import Event
from twitterlab.storage.mysql_database import MysqlDatabase, marks


class MysqlOutbox:
    """`Outbox` over the database's own table."""

    def __init__(self, database: MysqlDatabase) -> None:
        self._database = database
        self._on_their_way: set[int] = set()

    async def pending(self, limit: int) -> Sequence[Event]:
        sql = "SELECT id, kind, author_id, subject_id FROM outbox ORDER BY id LIMIT %s"
        rows = await self._database.read(sql, (limit + len(self._on_their_way),))
        return [Event(*row) for row in rows if row[0] not in self._on_their_way][:limit]

    async def done(self, event_ids: Sequence[int]) -> None:
        among, values = marks(event_ids)
        rows = await self._database.read(f"SELECT id FROM outbox WHERE id {among}", values)
        self._on_their_way.update(row[0] for row in rows)

    async def again(self) -> None:
        self._on_their_way.clear()

    async def delivered(self, event_ids: Sequence[int]) -> None:
        among, values = marks(event_ids)
        await self._database.change(f"DELETE FROM outbox WHERE id {among}", values)
        self._on_their_way.difference_update(event_ids)
