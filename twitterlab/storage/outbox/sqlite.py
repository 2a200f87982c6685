"""The outbox in SQLite: a table that writes fill in their own transaction."""

from __future__ import annotations

from collections.abc import Sequence

from twitterlab.parts.queue import Event
from twitterlab.storage.database import Database


class SqliteOutbox:
    """`Outbox` over the database's own table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pending(self, limit: int) -> Sequence[Event]:
        sql = "SELECT id, kind, author_id, subject_id FROM outbox ORDER BY id LIMIT ?"
        return [Event(*row) for row in await self._database.read(sql, (limit,))]

    async def done(self, event_ids: Sequence[int]) -> None:
        rows = [(event_id,) for event_id in event_ids]
        await self._database.write(lambda c: c.executemany("DELETE FROM outbox WHERE id = ?", rows))
