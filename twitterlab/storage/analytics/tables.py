"""Analytics in two SQL tables, over any connection that speaks the DB-API with `?`: SQLite's, DuckDB's.

One connection on a thread of its own. A batch is one transaction, on disk before it is acknowledged. The two tables
are one fact table and one of its tags (Kimball and Ross, "The Data Warehouse Toolkit", chapter 2, with the tag as a
many-valued dimension); hours are grouped when they are asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from twitterlab.errors import Refused
from twitterlab.model.engagement import Engagement, HourCount, TagCount
from twitterlab.storage.analytics.port import HOUR_MS

Answer = TypeVar("Answer")
TABLES = (
    "CREATE TABLE IF NOT EXISTS engagements (event_id BIGINT PRIMARY KEY, kind TEXT NOT NULL, at_ms BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS engaged_tags (event_id BIGINT, tag TEXT, PRIMARY KEY (event_id, tag))",
)
ADD = "INSERT OR IGNORE INTO engagements VALUES (?, ?, ?)"
ADD_TAG = "INSERT OR IGNORE INTO engaged_tags VALUES (?, ?)"
BY_HOUR = f"""SELECT at_ms - at_ms % {HOUR_MS} AS hour, kind, COUNT(*) FROM engagements e
    WHERE at_ms >= ? AND at_ms < ? GROUP BY hour, kind ORDER BY hour, kind"""
BY_HOUR_OF_TAG = f"""SELECT at_ms - at_ms % {HOUR_MS} AS hour, kind, COUNT(*) FROM engagements e
    JOIN engaged_tags t ON t.event_id = e.event_id
    WHERE at_ms >= ? AND at_ms < ? AND t.tag = ? GROUP BY hour, kind ORDER BY hour, kind"""
TOP_TAGS = """SELECT t.tag, COUNT(*) AS n FROM engagements e JOIN engaged_tags t ON t.event_id = e.event_id
    WHERE at_ms >= ? AND at_ms < ? GROUP BY t.tag ORDER BY n DESC, t.tag LIMIT ?"""


class TableAnalytics:
    """`Analytics` over what `connect` opens. `failures` are the errors that mean the engine is out of reach."""

    def __init__(self, connect: Callable[[], Any], failures: tuple[type[Exception], ...]) -> None:
        self._failures = failures
        self._thread = ThreadPoolExecutor(1, "analytics")
        self._connection = self._thread.submit(self._opened, connect).result()

    async def record(self, engagements: Sequence[Engagement]) -> None:
        if engagements:
            await self._run(partial(self._record, list(engagements)))

    async def by_hour(self, since_ms: int, until_ms: int, tag: str | None = None) -> list[HourCount]:
        if tag is None:
            rows = await self._run(partial(self._rows, BY_HOUR, (since_ms, until_ms)))
        else:
            rows = await self._run(partial(self._rows, BY_HOUR_OF_TAG, (since_ms, until_ms, tag.lower())))
        return [HourCount(*row) for row in rows]

    async def top_tags(self, since_ms: int, until_ms: int, limit: int) -> list[TagCount]:
        rows = await self._run(partial(self._rows, TOP_TAGS, (since_ms, until_ms, limit)))
        return [TagCount(*row) for row in rows]

    async def close(self) -> None:
        """A second call changes nothing."""
        if self._connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
            self._connection = None
            self._thread.shutdown()

    def _opened(self, connect: Callable[[], Any]) -> Any:
        connection = connect()
        for statement in TABLES:
            connection.execute(statement)
        return connection

    async def _run(self, work: Callable[[], Answer]) -> Answer:
        if self._connection is None:
            raise Refused("the analytics are closed", "unavailable")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except self._failures as error:
            raise Refused(f"the analytics do not answer: {error}", "unavailable") from None

    def _rows(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        return list(self._connection.execute(sql, values).fetchall())

    def _record(self, engagements: list[Engagement]) -> None:
        """The tags of an event are written by who wrote the event, so the first telling counts for them too."""
        self._connection.execute("BEGIN")
        try:
            known = self._known([one.event_id for one in engagements])
            for one in engagements:
                if one.event_id in known:
                    continue
                known.add(one.event_id)
                self._connection.execute(ADD, (one.event_id, one.kind, one.at_ms))
                for tag in one.tags:
                    self._connection.execute(ADD_TAG, (one.event_id, tag))
            self._connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(*self._failures):
                self._connection.execute("ROLLBACK")
            raise

    def _known(self, event_ids: list[int]) -> set[int]:
        marks = ", ".join("?" * len(event_ids))
        sql = f"SELECT event_id FROM engagements WHERE event_id IN ({marks})"
        return {row[0] for row in self._connection.execute(sql, event_ids).fetchall()}
