"""One PostgreSQL database: a few connections that reads and writes of one event loop share.

A write is a transaction. It is acknowledged after its commit has reached the server's disk (`synchronous_commit`),
with a synchronous standby after it has reached that one's too. When the connection is lost while a commit is under
way nobody can know: `Uncertain`. Before that nothing has happened: `Refused(kind="unavailable")`. A connection that
the server has dropped meanwhile is replaced by one try at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import psycopg
from psycopg import AsyncConnection

from twitterlab.errors import BadInput, Refused, Uncertain
from twitterlab.parts.queue import Event
from twitterlab.storage.postgres_errors import AGAIN, FAILURES, outside
from twitterlab.storage.postgres_replica import FLUSHED, INSERTED, ReplicaReads

Answer = TypeVar("Answer")
Connection = AsyncConnection[tuple[Any, ...]]
Action = Callable[[Connection], Awaitable[Answer]]
"""What a transaction does. It may run more than once; only the last run counts."""
Parameters = Sequence[Any] | Mapping[str, Any]
CONNECTIONS = 12
CONNECTS_WITHIN_S = 10
TRIES = 5
MAKING_TABLES = 7_487_262
"""An advisory lock: two processes that start at once make the tables one after the other."""
OWN_TABLES = (
    "CREATE TABLE IF NOT EXISTS pings (one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one), n INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS outbox (id BIGINT PRIMARY KEY, kind TEXT, author_id BIGINT, subject_id BIGINT)",
)


class PostgresDatabase:
    """`define` the tables there shall be, then `open`. `url` is a libpq connection URL; `replica` answers what it can."""

    def __init__(self, url: str, replica: ReplicaReads | None = None) -> None:
        self._url, self._replica = url, replica
        self._tables = list(OWN_TABLES)
        self._idle: list[Connection] = []
        self._places = asyncio.Semaphore(CONNECTIONS)
        self._is_closed = False
        self.version = ""

    def define(self, *statements: str) -> None:
        """Tables, indexes and triggers of one port; safe to run on a ready database."""
        self._tables += statements

    def open(self) -> None:
        """BadInput for a server that does not answer."""
        try:
            with psycopg.connect(self._url, connect_timeout=CONNECTS_WITHIN_S) as connection:
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (MAKING_TABLES,))
                for statement in self._tables:
                    connection.execute(statement)
                number = connection.info.server_version
        except psycopg.OperationalError as error:
            raise BadInput(
                f"no PostgreSQL answers: {error}", "Is it running? `twitterlab ps` lists those of ours."
            ) from None
        self.version = f"{number // 10_000}.{number % 10_000}"

    async def read(self, question: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """The rows of one question."""
        if self._replica is not None and (rows := await self._replica.read(question, parameters)) is not None:
            return rows
        try:
            async with self._places:
                while True:
                    connection, is_new = await self._take()
                    try:
                        async with self._kept(connection):
                            return await (await connection.execute(question, parameters)).fetchall()
                    except psycopg.OperationalError:
                        if is_new or not connection.closed:
                            raise
        except FAILURES as error:
            raise outside(error) from None

    async def write(self, action: Action[Answer], is_flushed: bool = True) -> Answer:
        """Run `action` in a transaction: on disk when this returns, nothing of it if it raises. `Uncertain` where
        that cannot be known.

        Without `is_flushed` a crash of the server may lose it, with the newest of its kind, until the next flushed
        write: for what is derived from rows that are kept until then.
        """
        for attempt in range(1, TRIES + 1):
            try:
                return await self._transaction(action, is_flushed)
            except AGAIN as error:
                if attempt == TRIES:
                    raise Refused(f"too many at once: {error}", "unavailable") from None
            except FAILURES as error:
                raise outside(error) from None
        raise AssertionError("the last attempt returned or raised")

    async def change(self, statement: str, parameters: Parameters = (), is_flushed: bool = True) -> int:
        """A write of one statement. Returns how many rows it touched."""

        async def action(connection: Connection) -> int:
            return (await connection.execute(statement, parameters)).rowcount

        return await self.write(action, is_flushed)

    async def ping(self) -> None:
        """A write like any other, of a number that nobody reads."""
        await self.change("INSERT INTO pings (n) VALUES (0) ON CONFLICT (one) DO UPDATE SET n = 1 - pings.n")

    async def close(self) -> None:
        """Close the connections; what is under way ends first. A second call changes nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        for _ in range(CONNECTIONS):
            await self._places.acquire()
        await self.disconnect()
        if self._replica is not None:
            await self._replica.close()
        for _ in range(CONNECTIONS):
            self._places.release()

    async def disconnect(self) -> None:
        """Close connections that nobody uses: the next ones find the servers anew."""
        while self._idle:
            await self._idle.pop().close()

    async def _transaction(self, action: Action[Answer], is_flushed: bool) -> Answer:
        async with self._places, self._kept(await self._begun(is_flushed)) as connection:
            try:
                answer = await action(connection)
            except BaseException:
                with suppress(psycopg.Error):
                    await connection.execute("ROLLBACK")
                raise
            try:
                await connection.execute("COMMIT")
            except AGAIN:
                raise
            except psycopg.OperationalError as error:
                raise Uncertain(f"the connection was lost during a commit: {error}") from None
            await self._mark(connection, is_flushed)
            return answer

    async def _mark(self, connection: Connection, is_flushed: bool) -> None:
        """How far a standby must have come that answers who has written this."""
        if self._replica is not None:
            with suppress(psycopg.Error):  # a primary that is gone has no standby to be behind it
                row = await (await connection.execute(FLUSHED if is_flushed else INSERTED)).fetchone()
                self._replica.wrote(int(row[0]) if row else 0)

    async def _begun(self, is_flushed: bool) -> Connection:
        """A connection with a transaction on it. One that has died with its server is found out by that."""
        while True:
            connection, is_new = await self._take()
            try:
                async with self._kept(connection, is_given_back=False):
                    await connection.execute("BEGIN")
                    if not is_flushed:
                        await connection.execute("SET LOCAL synchronous_commit = off")
                    return connection
            except psycopg.OperationalError:
                if is_new or not connection.closed:
                    raise

    async def _take(self) -> tuple[Connection, bool]:
        """The connection that was idle for the shortest time, or a new one; and whether it is new."""
        if self._is_closed:
            raise Refused("the database is closed", "unavailable")
        if self._idle:
            return self._idle.pop(), False
        return await AsyncConnection.connect(self._url, autocommit=True, connect_timeout=CONNECTS_WITHIN_S), True

    @asynccontextmanager
    async def _kept(self, connection: Connection, is_given_back: bool = True) -> AsyncIterator[Connection]:
        """Close it if who used it was cancelled in the middle of something; else keep it for the next one."""
        try:
            yield connection
        except asyncio.CancelledError:
            await connection.close()
            raise
        finally:
            if is_given_back and not connection.closed:
                self._idle.append(connection)


async def commit_event(connection: Connection, event: Event | None) -> None:
    """Put the event of a write into the outbox, in the transaction of that write."""
    if event is not None:
        await connection.execute(
            "INSERT INTO outbox VALUES (%s, %s, %s, %s)", (event.id, event.kind, event.author_id, event.subject_id)
        )
