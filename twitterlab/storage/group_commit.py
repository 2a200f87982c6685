"""Group commit: the writes that come while one transaction reaches the disk share the next one.

A flush of the write-ahead log costs the same for one write as for a hundred. Each write has a savepoint of its
own, so that one that fails takes no other along; nobody is answered before the commit. A commit of writes that
need not survive a power cut by themselves is not flushed: the log keeps the order, so the next flush takes them
along, and a cut can lose only the newest. Source: Gray and Reuter, "Transaction Processing" (1992), section 9.4,
"group commit"; SQLite documentation, "SAVEPOINT", PRAGMA synchronous.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from twitterlab.errors import Refused, Uncertain
from twitterlab.storage.sqlite_errors import outside

Action = Callable[[sqlite3.Connection], Any]
"""Part of a transaction. It may run more than once; only the last run counts."""
WRITES_A_COMMIT = 256
WAITING_WRITES = 10_000
CLOSED = "the database is closed"


@dataclass(frozen=True, slots=True)
class Done:
    """A write that is committed, and its answer."""

    answer: Any


Outcome = Done | Exception


@dataclass(frozen=True, slots=True)
class Write:
    """Somebody waits for `written`."""

    action: Action
    is_flushed: bool
    written: asyncio.Future[Any]


class _TransactionLost(Exception):
    """SQLite or a statement of the schema part has ended the transaction before its commit."""


class GroupCommit:
    """Writes of one event loop, run by one thread on a connection that is theirs alone."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: deque[Write] = deque()
        self._running: list[Write] = []
        self._is_closed = False

    async def write(self, action: Action, is_flushed: bool = True) -> Any:
        """The answer of `action`, once it is committed, and on disk if `is_flushed`. Who is cancelled while waiting
        for a turn has not written; who is cancelled later may have."""
        if self._is_closed:
            raise Refused(CLOSED, "unavailable")
        if len(self._waiting) >= WAITING_WRITES:
            raise Refused(f"{WAITING_WRITES:,} writes wait for the disk", "unavailable")
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # those who waited on another loop have gone with it
            self._loop, self._running = loop, []
            self._waiting.clear()
        written = loop.create_future()
        self._waiting.append(Write(action, is_flushed, written))
        if not self._running:
            self._next(loop)
        return await written

    async def close(self) -> None:
        """Refuse new writes, finish those that wait, end the thread. If this is cut short, who still waits is told
        what can be known."""
        self._is_closed = True
        if self._loop is not asyncio.get_running_loop():  # nobody here waits
            self._waiting.clear()
            self._running = []
        try:
            while unanswered := [one.written for one in (*self._running, *self._waiting) if not one.written.done()]:
                await asyncio.wait(unanswered)
        finally:
            for one in self._waiting:
                _answer(one.written, Refused(CLOSED, "unavailable"))
            self._waiting.clear()
            for one in self._running:
                _answer(one.written, Uncertain("the database was closed during the commit"))
            self._thread.shutdown()

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hand the next batch to the thread."""
        self._running = []
        while self._waiting and len(self._running) < WRITES_A_COMMIT:
            one = self._waiting.popleft()
            if not one.written.done():
                self._running.append(one)
        if self._running:
            actions, is_flushed = [one.action for one in self._running], any(one.is_flushed for one in self._running)
            turn = loop.run_in_executor(self._thread, commit, self._connection, actions, is_flushed)
            turn.add_done_callback(self._finished)

    def _finished(self, turn: asyncio.Future[list[Outcome]]) -> None:
        error = turn.exception()
        outcomes = (
            turn.result() if error is None else [Uncertain(f"the commit broke off: {error}")] * len(self._running)
        )
        for one, outcome in zip(self._running, outcomes, strict=True):
            _answer(one.written, outcome)
        self._next(turn.get_loop())


def _answer(written: asyncio.Future[Any], outcome: Outcome) -> None:
    if written.done():
        return
    if isinstance(outcome, Done):
        written.set_result(outcome.answer)
    else:
        written.set_exception(outcome)


def commit(connection: sqlite3.Connection, actions: Sequence[Action], is_flushed: bool = True) -> list[Outcome]:
    """What became of each, in order; those that are `Done` are committed, and on disk if `is_flushed`."""
    try:
        return _transaction(connection, actions, is_flushed)
    except _TransactionLost:
        return [outcome for action in actions for outcome in _alone(connection, action, is_flushed)]


def _alone(connection: sqlite3.Connection, action: Action, is_flushed: bool) -> list[Outcome]:
    try:
        return _transaction(connection, [action], is_flushed)
    except _TransactionLost as lost:
        return [outside(lost.__cause__ or sqlite3.OperationalError("the schema ended the transaction"))]


def _transaction(connection: sqlite3.Connection, actions: Sequence[Action], is_flushed: bool) -> list[Outcome]:
    try:
        connection.execute(f"PRAGMA synchronous = {'FULL' if is_flushed else 'NORMAL'}")
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        return [outside(error)] * len(actions)
    outcomes = [_step(connection, action) for action in actions]
    try:
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        if connection.in_transaction:  # a deferred constraint: nothing is committed yet
            connection.execute("ROLLBACK")
            raise _TransactionLost from error
        doubt = Uncertain(f"the commit failed: {error}")
        return [doubt if isinstance(outcome, Done) else outcome for outcome in outcomes]
    return outcomes


def _step(connection: sqlite3.Connection, action: Action) -> Outcome:
    """One write inside the transaction; if it fails, nothing of it stays."""
    outcome: Outcome
    connection.execute("SAVEPOINT write")
    try:
        outcome = Done(action(connection))
    except Exception as error:
        outcome = outside(error)
    if not connection.in_transaction:
        raise _TransactionLost from None if isinstance(outcome, Done) else outcome
    if not isinstance(outcome, Done):
        connection.execute("ROLLBACK TO write")
    connection.execute("RELEASE write")
    return outcome
