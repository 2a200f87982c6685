"""One SQLite file, opened by sqlite-utils and served by one thread of its own.

A write is acknowledged after its commit has reached the disk: write-ahead log with `synchronous=FULL`
(SQLite documentation, "Write-Ahead Logging", section 3.2 and PRAGMA synchronous).
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from twitterlab.parts.queue import Event
from twitterlab.parts.schema import Queries, Schema
from twitterlab.world.virtual import is_virtual

Answer = TypeVar("Answer")
FILE = "twitterlab.db"
OUTBOX = "CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, kind TEXT, author_id INTEGER, subject_id INTEGER)"


class Database:
    """A connection, the Schema part's statements, and the thread that runs them."""

    def __init__(self, folder: Path | None, schema: Schema) -> None:
        self._temporary = None if folder is not None else tempfile.TemporaryDirectory(prefix="twitterlab-")
        self.folder = folder or Path(self._temporary.name if self._temporary else "")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.queries: Queries = schema.queries()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._connection = self._at_once(lambda: self._open(tuple(schema.tables())))
        self._is_closed = False

    def _open(self, tables: Sequence[str]) -> sqlite3.Connection:
        from sqlite_utils import Database as Opened

        connection = sqlite3.connect(self.folder / FILE, isolation_level=None, check_same_thread=False)
        opened = Opened(connection)
        opened.enable_wal()
        for statement in ("PRAGMA synchronous = FULL", "PRAGMA recursive_triggers = ON", *tables, OUTBOX):
            opened.execute(statement)
        return connection

    def define(self, *statements: str) -> None:
        """Make the tables that an engine owns beside the Schema part's."""
        for statement in statements:
            self._at_once(lambda statement=statement: self._connection.execute(statement))  # type: ignore[misc]

    async def read(self, sql: str, parameters: Any = ()) -> list[Any]:
        """The rows of one question."""
        return await self._run(lambda: self._connection.execute(sql, parameters).fetchall())

    async def ask(self, action: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Several questions in one visit to the thread."""
        return await self._run(lambda: action(self._connection))

    async def write(self, action: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Run `action` in one transaction: on disk when this returns, nothing of it if it raises."""

        def transaction() -> Answer:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                answer = action(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            return answer

        return await self._run(transaction)

    async def _run(self, action: Callable[[], Answer]) -> Answer:
        if is_virtual():  # virtual time would run ahead of a thread
            return action()
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, action))

    def _at_once(self, action: Callable[[], Answer]) -> Answer:
        """Run it on the thread and wait; in virtual time, where there are no threads, run it here."""
        return action() if is_virtual() else self._thread.submit(action).result()

    async def close(self) -> None:
        """Close the file and end the thread."""
        if self._is_closed:
            return
        self._is_closed = True
        self._at_once(self._connection.close)
        self._thread.shutdown()
        if self._temporary is not None:
            self._temporary.cleanup()


def commit_event(connection: sqlite3.Connection, event: Event | None) -> None:
    """Put the event of a write into the outbox, in the transaction of that write."""
    if event is not None:
        connection.execute(
            "INSERT INTO outbox VALUES (?, ?, ?, ?)", (event.id, event.kind, event.author_id, event.subject_id)
        )


def marks(values: Sequence[object]) -> str:
    """Question marks for an IN list."""
    return ", ".join("?" * len(values))
