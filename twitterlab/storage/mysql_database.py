"""One MySQL or MariaDB database: a few connections, each used by one thread at a time.

The driver blocks, so every call goes to a thread. A write is a transaction, acknowledged after its commit is on the
server's disk (`innodb_flush_log_at_trx_commit = 1`). When the connection is lost while a commit is under way nobody
can know: `Uncertain`. Before that nothing has happened: `Refused(kind="unavailable")`. A connection that the server
has dropped meanwhile is replaced by one try at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import pymysql
from pymysql.constants import CLIENT
from pymysql.cursors import Cursor

from twitterlab.errors import BadInput, Refused, Uncertain
from twitterlab.parts.queue import Event
from twitterlab.storage.mysql_errors import AGAIN, DUPLICATE, FAILURES, code, outside

Answer = TypeVar("Answer")
Action = Callable[[Cursor], Answer]
"""What a transaction does. It may run more than once; only the last run counts."""
Parameters = Sequence[Any] | Mapping[str, Any]
CONNECTIONS, CONNECTS_WITHIN_S, TRIES = 8, 10, 5
MAKING_TABLES = "twitterlab: making tables"
"""A named lock: two processes that start at once make the tables one after the other."""
OWN_TABLES = (
    "CREATE TABLE IF NOT EXISTS pings (one BOOLEAN PRIMARY KEY, n INTEGER NOT NULL)",
    """CREATE TABLE IF NOT EXISTS outbox (id BIGINT PRIMARY KEY, kind VARCHAR(40), author_id BIGINT,
    subject_id BIGINT)""",
)


class MysqlDatabase:
    """`define` the tables there shall be, then `open`. `url` is mysql://user:password@host:port/database."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._tables = list(OWN_TABLES)
        self._idle: SimpleQueue[Any] = SimpleQueue()
        self._threads = ThreadPoolExecutor(CONNECTIONS, "mysql")
        self._is_closed = False
        self.version = ""

    def define(self, *statements: str) -> None:
        """Tables, indexes and triggers of one port; safe to run on a ready database."""
        self._tables += statements

    def open(self) -> None:
        """BadInput for a server that does not answer."""
        try:
            connection = self._connected()
        except FAILURES as error:
            raise BadInput(
                f"no MySQL answers: {error}", "Is it running? `twitterlab ps` lists those of ours."
            ) from None
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute("SELECT GET_LOCK(%s, 60)", (MAKING_TABLES,))
            for statement in self._tables:
                cursor.execute(statement)
            cursor.execute("SELECT VERSION()")
            self.version = str(cursor.fetchone()[0]).partition("-")[0]

    async def read(self, question: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """The rows of one question."""

        def asked() -> list[tuple[Any, ...]]:
            while True:
                connection, is_new = self._take()
                try:
                    with self._kept(connection), connection.cursor() as cursor:
                        cursor.execute(question, parameters or None)
                        return list(cursor.fetchall())
                except (pymysql.err.OperationalError, pymysql.err.InterfaceError, OSError):
                    if is_new or connection.open:
                        raise

        return await self._on_a_thread(asked)

    async def write(self, action: Action[Answer]) -> Answer:
        """Run `action` in a transaction: on disk when this returns, nothing of it if it raises. `Uncertain` where
        that cannot be known."""
        return await self._on_a_thread(lambda: self._write(action))

    async def change(self, statement: str, parameters: Parameters = ()) -> int:
        """A write of one statement. Returns how many rows it touched."""
        return await self.write(lambda cursor: int(cursor.execute(statement, parameters)))

    async def ping(self) -> None:
        """A write like any other, of a number that nobody reads."""
        await self.change("INSERT INTO pings VALUES (TRUE, 0) ON DUPLICATE KEY UPDATE n = 1 - n")

    async def close(self) -> None:
        """Close the connections; what is under way ends first. A second call changes nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        await asyncio.to_thread(self._threads.shutdown)
        with contextlib.suppress(Empty):
            while True:
                self._idle.get_nowait().close()

    async def _on_a_thread(self, work: Callable[[], Answer]) -> Answer:
        if self._is_closed:
            raise Refused("the database is closed", "unavailable")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except FAILURES as error:
            raise outside(error) from None

    def _write(self, action: Action[Answer]) -> Answer:
        for attempt in range(1, TRIES + 1):
            try:
                return self._transaction(action)
            except pymysql.err.MySQLError as error:
                if code(error) not in AGAIN:
                    raise
                if attempt == TRIES:
                    raise Refused(f"too many at once: {error}", "unavailable") from None
        raise AssertionError("the last attempt returned or raised")

    def _transaction(self, action: Action[Answer]) -> Answer:
        connection = self._begun()
        with self._kept(connection), connection.cursor() as cursor:
            try:
                answer = action(cursor)
            except BaseException:
                with contextlib.suppress(*FAILURES):
                    connection.rollback()
                raise
            try:
                connection.commit()
            except FAILURES as error:
                if code(error) in AGAIN:
                    raise
                connection.close()
                raise Uncertain(f"the connection was lost during a commit: {error}") from None
            return answer

    def _begun(self) -> Any:
        """A connection with a transaction on it. One that has died with its server is found out by that."""
        while True:
            connection, is_new = self._take()
            try:
                connection.begin()
            except (pymysql.err.OperationalError, pymysql.err.InterfaceError, OSError):
                self._dropped(connection)
                if is_new:
                    raise
                continue
            return connection

    def _take(self) -> tuple[Any, bool]:
        """An idle connection or a new one; and whether it is new."""
        try:
            return self._idle.get_nowait(), False
        except Empty:
            return self._connected(), True

    def _connected(self) -> Any:
        url = self._url
        return pymysql.connect(
            host=url.hostname or "127.0.0.1", port=url.port or 3306, user=unquote(url.username or ""),
            password=unquote(url.password or ""), database=url.path.lstrip("/"), charset="utf8mb4", autocommit=True,
            connect_timeout=CONNECTS_WITHIN_S, client_flag=CLIENT.FOUND_ROWS,  # a row set to what it was counts, too
        )  # fmt: skip

    @contextlib.contextmanager
    def _kept(self, connection: Any) -> Iterator[None]:
        """Give it back afterwards, unless it is lost."""
        try:
            yield
        except (pymysql.err.OperationalError, pymysql.err.InterfaceError, OSError) as error:
            if code(error) not in AGAIN:
                self._dropped(connection)
            raise
        finally:
            if connection.open:
                self._idle.put(connection)

    def _dropped(self, connection: Any) -> None:
        with contextlib.suppress(*FAILURES):
            connection.close()


def commit_event(cursor: Cursor, event: Event | None) -> None:
    """Put the event of a write into the outbox, in the transaction of that write."""
    if event is not None:
        row = (event.id, event.kind, event.author_id, event.subject_id)
        cursor.execute("INSERT INTO outbox VALUES (%s, %s, %s, %s)", row)


def added(cursor: Cursor, statement: str, row: Parameters) -> bool:
    """Insert a row; False where its key is there already. Unlike INSERT IGNORE it keeps quiet about nothing else."""
    try:
        cursor.execute(statement, row)
    except pymysql.err.IntegrityError as error:
        if code(error) != DUPLICATE:
            raise
        return False
    return True


def marks(values: Iterable[Any]) -> tuple[str, tuple[Any, ...]]:
    """`IN` and a mark for each value, and the values. Of no values there is none that is in."""
    known = tuple(values)
    return (f"IN ({', '.join(['%s'] * len(known))})", known) if known else ("IN (NULL)", ())
