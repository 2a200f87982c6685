"""One SQLite file, opened by sqlite-utils: a connection that reads where it is asked, and one that writes.

Readers of a write-ahead log do not wait for its writer, so a read runs at once on the caller's thread: it takes
microseconds, and the way to another thread and back takes a hundred. Writes go to a thread of their own, which
waits for the disk. A write is acknowledged after its commit has reached it: `synchronous=FULL` (SQLite
documentation, "Write-Ahead Logging", section 2.2 and PRAGMA synchronous). In virtual time all run inline.
"""

from __future__ import annotations

import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, TypeVar

from twitterlab.errors import BadInput, Refused
from twitterlab.parts.queue import Event
from twitterlab.parts.schema import Queries, Schema
from twitterlab.storage.folder_lock import FolderLock
from twitterlab.storage.group_commit import Done, GroupCommit, commit
from twitterlab.storage.sqlite_errors import FAILURES, outside
from twitterlab.world.virtual import is_virtual

Answer = TypeVar("Answer")
FILE = "twitterlab.db"
OUTBOX = "CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, kind TEXT, author_id INTEGER, subject_id INTEGER)"
SETTING = re.compile(r"(\s|--.*\n|/\*(.|\n)*?\*/)*PRAGMA\b", re.IGNORECASE)
"""A PRAGMA, whatever comments come before it."""
STATEMENTS_KEPT = 512
"""Prepared statements a connection keeps; Python's own 128 are fewer than there are."""


class Database:
    """The Schema part's statements, and the two connections that run them. `define` what else there shall be, then
    `open`."""

    def __init__(self, folder: Path | None, schema: Schema) -> None:
        self._temporary = None if folder is not None else tempfile.TemporaryDirectory(prefix="twitterlab-")
        self.folder = folder or Path(self._temporary.name if self._temporary else "")
        self._file = self.folder / FILE
        self._part_tables, self._own_tables = tuple(schema.tables()), [OUTBOX]
        self.queries: Queries = schema.queries()
        self._is_closed = False

    def define(self, *statements: str) -> None:
        """Tables that an engine owns beside the Schema part's."""
        self._own_tables += statements

    def open(self) -> None:
        """BadInput for a file that cannot be used, is in use or was made with other tables."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with ExitStack() as undo:
                self._lock = FolderLock(self.folder)
                undo.callback(self._lock.release)
                self._writer = _connect(self._file)
                undo.callback(self._writer.close)
                self._ready()
                self._reader = _connect(self._file)
                undo.pop_all()
        except (sqlite3.Error, OSError) as error:
            if isinstance(error, OSError) or isinstance(outside(error), Refused):
                raise BadInput(f"no database at {self._file}: {error}", "Choose a folder for new files.") from None
            raise  # a statement of the Schema part
        self._reader.execute("PRAGMA query_only = ON")
        self._commits = GroupCommit(self._writer)

    def _ready(self) -> None:
        """Make the tables, if the file is new or holds nothing else already."""
        found = _layout(self._writer)
        of_the_part, expected = _made_by(self._part_tables), _made_by([*self._part_tables, *self._own_tables])
        if found and not of_the_part.items() <= found.items() <= expected.items():
            raise BadInput(
                f"{self._file} was made with other tables",
                "Choose another folder, or remove this one and start anew.",
            )
        _run(self._writer, [*self._part_tables, *self._own_tables])

    async def read(self, sql: str, parameters: Any = ()) -> list[Any]:
        """The rows of one question."""
        try:
            return self._reader.execute(sql, parameters).fetchall()
        except FAILURES as error:
            raise outside(error) from None

    async def ask(self, sql: str, every: Iterable[Any]) -> list[Any]:
        """The first row of one question with each set of parameters, all at one moment: in one transaction, which
        halves what a question costs."""
        try:
            self._reader.execute("BEGIN")
            try:
                return [self._reader.execute(sql, parameters).fetchone() for parameters in every]
            finally:
                if self._reader.in_transaction:
                    self._reader.execute("COMMIT")
        except FAILURES as error:
            raise outside(error) from None

    async def write(self, action: Callable[[sqlite3.Connection], Answer], is_flushed: bool = True) -> Answer:
        """Run `action` in a transaction, again if need be: on disk when this returns, nothing of it if it raises.
        `Uncertain` where that cannot be known.

        Without `is_flushed` it survives a kill of the process, but a power cut only from the next flushed write on:
        for what is derived from rows that are kept until then.
        """
        if not is_virtual():  # virtual time would run ahead of a thread
            written: Answer = await self._commits.write(action, is_flushed)
            return written
        (outcome,) = commit(self._writer, [action], is_flushed=False)  # a simulation is over when the power is
        if not isinstance(outcome, Done):
            raise outcome
        answer: Answer = outcome.answer
        return answer

    async def ping(self) -> None:
        """A write like any other, of a number that nobody reads."""
        await self.write(lambda connection: connection.execute("PRAGMA user_version = 1").close())

    async def close(self) -> None:
        """Finish the writes that wait, and close the file. A second call changes nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            await self._commits.close()
        finally:
            self._reader.close()
            self._writer.close()
            self._lock.release()
            if self._temporary is not None:
                self._temporary.cleanup()


def _connect(file: Path) -> sqlite3.Connection:
    from sqlite_utils import Database as Opened

    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS_KEPT)
    opened = Opened(connection)
    opened.enable_wal()
    opened.execute("PRAGMA recursive_triggers = ON")
    return connection


def _made_by(statements: Iterable[str]) -> dict[str, str]:
    """The layout of an empty database after these statements."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as empty:
        _run(empty, statements)
        return _layout(empty)


def _run(connection: sqlite3.Connection, statements: Iterable[str]) -> None:
    """In one transaction, after the settings: SQLite ignores some of them inside one."""
    rest = []
    for statement in statements:
        if SETTING.match(statement):
            connection.execute(statement)
        else:
            rest.append(statement)
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        for statement in rest:
            connection.execute(statement)


def _layout(connection: sqlite3.Connection) -> dict[str, str]:
    """Name to definition of all tables, indexes and triggers, whatever their white space."""
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    return {name: " ".join(sql.split()) for name, sql in rows}


def commit_event(connection: sqlite3.Connection, event: Event | None) -> None:
    """Put the event of a write into the outbox, in the transaction of that write."""
    if event is not None:
        connection.execute(
            "INSERT INTO outbox VALUES (?, ?, ?, ?)", (event.id, event.kind, event.author_id, event.subject_id)
        )


AMONG = "(SELECT value FROM json_each(?))"
"""For `IN`: one statement whatever the number of ids, so that it is prepared once."""


def among(ids: Iterable[int]) -> str:
    """The parameter of `AMONG`."""
    return f"[{','.join(map(str, ids))}]"
