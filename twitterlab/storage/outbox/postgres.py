"""The outbox in PostgreSQL: a table that writes fill in their own transaction.

How far the relay has come stands in memory: it dies with the process, and what was on its way is pending again.
Two processes over one database would each relay every event; `--engine postgres` starts a server for one.
"""

from __future__ import annotations

from collections.abc import Sequence

from twitterlab.parts.queue import Event
from twitterlab.storage.postgres_database import PostgresDatabase


class PostgresOutbox:
    """`Outbox` over the database's own table."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._on_their_way: set[int] = set()

    async def pending(self, limit: int) -> Sequence[Event]:
        sql = "SELECT id, kind, author_id, subject_id FROM outbox ORDER BY id LIMIT %s"
        rows = await self._database.read(sql, (limit + len(self._on_their_way),))
        return [Event(*row) for row in rows if row[0] not in self._on_their_way][:limit]

    async def done(self, event_ids: Sequence[int]) -> None:
        sql = "SELECT id FROM outbox WHERE id = ANY(%s::bigint[])"
        self._on_their_way.update(row[0] for row in await self._database.read(sql, (list(event_ids),)))

    async def again(self) -> None:
        self._on_their_way.clear()

    async def delivered(self, event_ids: Sequence[int]) -> None:
        sql = "DELETE FROM outbox WHERE id = ANY(%s::bigint[])"
        await self._database.change(sql, (list(event_ids),), is_flushed=False)
        self._on_their_way.difference_update(event_ids)
