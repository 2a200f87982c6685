"""The outbox in SQLite: a table that writes fill in their own transaction.

How far the relay has come stands in memory: it dies with the process, and what was on its way is pending again.
A second process on the same file would repeat what the first has on its way; `folder_lock.py` keeps it out.
"""

from __future__ import annotations

from collections.abc import Sequence

from twitterlab.parts.queue import Event
from twitterlab.storage.database import AMONG, Database, among


class SqliteOutbox:
    """`Outbox` over the database's own table."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._on_their_way: set[int] = set()

    def reopened(self) -> SqliteOutbox:
        """The same rows as a new process finds them: what was on its way is pending again."""
        return SqliteOutbox(self._database)

    async def pending(self, limit: int) -> Sequence[Event]:
        sql = "SELECT id, kind, author_id, subject_id FROM outbox ORDER BY id LIMIT ?"
        rows = await self._database.read(sql, (limit + len(self._on_their_way),))
        return [Event(*row) for row in rows if row[0] not in self._on_their_way][:limit]

    async def done(self, event_ids: Sequence[int]) -> None:
        sql = f"SELECT id FROM outbox WHERE id IN {AMONG}"
        self._on_their_way.update(row[0] for row in await self._database.read(sql, (among(event_ids),)))

    async def again(self) -> None:
        self._on_their_way.clear()

    async def delivered(self, event_ids: Sequence[int]) -> None:
        rows = [(event_id,) for event_id in event_ids]
        delete = "DELETE FROM outbox WHERE id = ?"
        await self._database.write(lambda c: c.executemany(delete, rows).rowcount, is_flushed=False)
        self._on_their_way.difference_update(event_ids)
