"""Group commit: what it promises to each write, whatever happens to the others."""

import asyncio
import sqlite3
import threading

import pytest

from twitterlab.errors import Refused, Uncertain
from twitterlab.storage.group_commit import WAITING_WRITES, Done, GroupCommit, commit


class Connection(sqlite3.Connection):
    """Counts commits, and fails the next one with a result code of SQLite when told to."""

    commits = 0
    fails_with = None

    def execute(self, sql, *parameters):
        if sql == "COMMIT":
            self.commits += 1
            if self.fails_with is not None:
                super().execute("ROLLBACK")
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = self.fails_with
                raise error
        return super().execute(sql, *parameters)


@pytest.fixture
def connection(tmp_path):
    opened = sqlite3.connect(tmp_path / "x.db", isolation_level=None, check_same_thread=False, factory=Connection)
    opened.execute("PRAGMA journal_mode = WAL")
    opened.execute("PRAGMA foreign_keys = ON")
    opened.execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY)")
    opened.execute("CREATE TABLE refers (n INTEGER REFERENCES numbers DEFERRABLE INITIALLY DEFERRED)")
    yield opened
    opened.close()


def insert(n):
    return lambda connection: connection.execute("INSERT INTO numbers VALUES (?)", (n,)).lastrowid


def kept(connection):
    return [row[0] for row in connection.execute("SELECT n FROM numbers ORDER BY n")]


class Gate:
    """A write that holds the thread until it is opened, so that a test decides what waits behind it."""

    def __init__(self):
        self.entered, self.opened = threading.Event(), threading.Event()

    def __call__(self, connection):
        self.entered.set()
        assert self.opened.wait(10)
        return "through"

    async def taken(self, commits):
        """It is being written."""
        task = asyncio.ensure_future(commits.write(self))
        while not self.entered.is_set():
            await asyncio.sleep(0)
        return task


def run(connection, story):
    async def opened():
        commits = GroupCommit(connection)
        try:
            return await story(commits)
        finally:
            await commits.close()

    return asyncio.run(opened())


async def together(commits, *actions):
    """The outcome of writes that all come while another is under way."""
    gate = Gate()
    first = await gate.taken(commits)
    tasks = [asyncio.ensure_future(commits.write(action)) for action in actions]
    await asyncio.sleep(0)
    gate.opened.set()
    assert await first == "through"
    return await asyncio.gather(*tasks, return_exceptions=True)


def test_writes_that_come_together_share_one_commit(connection):
    answers = run(connection, lambda commits: together(commits, *map(insert, range(100))))

    assert answers == kept(connection) == list(range(100))
    assert connection.commits == 2  # the gate's, and theirs


def test_only_a_commit_that_somebody_relies_on_waits_for_the_disk(connection):
    def level(c):
        return c.execute("PRAGMA synchronous").fetchone()[0]

    normal, full = 1, 2
    assert commit(connection, [level], is_flushed=False) == [Done(normal)]
    assert commit(connection, [level]) == [Done(full)]

    async def story(commits):
        gate = Gate()
        first = await gate.taken(commits)
        both = [asyncio.ensure_future(commits.write(level, is_flushed)) for is_flushed in (False, True)]
        await asyncio.sleep(0)
        gate.opened.set()
        await first
        return [*await asyncio.gather(*both), await commits.write(level, is_flushed=False)]

    assert run(connection, story) == [full, full, normal]


def test_a_write_that_fails_takes_no_other_along(connection):
    def half(c):
        insert(7)(c)
        raise Refused("no")

    def wrong(c):
        c.execute("SELECT * FROM nowhere")

    answers = run(connection, lambda commits: together(commits, insert(1), half, insert(1), wrong, insert(2)))

    assert answers[0] == 1 and answers[4] == 2
    assert [type(answer) for answer in answers[1:4]] == [Refused, Refused, sqlite3.OperationalError]
    assert kept(connection) == [1, 2]
    assert connection.commits == 2


def test_who_is_at_fault_when_the_transaction_is_lost_is_found_one_by_one(connection):
    def ends_it(c):
        c.execute("INSERT OR ROLLBACK INTO numbers VALUES (1)")

    def refers_to_nobody(c):
        c.execute("INSERT INTO refers VALUES (99)")

    for culprit in (ends_it, refers_to_nobody):
        connection.execute("DELETE FROM numbers")
        answers = run(connection, lambda commits, c=culprit: together(commits, insert(1), c, insert(2)))

        assert answers[0] == 1 and answers[2] == 2
        assert isinstance(answers[1], Refused)
        assert kept(connection) == [1, 2]


def test_a_commit_that_fails_leaves_its_writes_uncertain_and_refusals_refused(connection):
    connection.fails_with = sqlite3.SQLITE_IOERR_FSYNC
    done, refused = commit(connection, [insert(1), lambda c: c.execute("INSERT INTO numbers VALUES ('x')")])

    assert isinstance(done, Uncertain)
    assert isinstance(refused, sqlite3.Error | Refused)
    connection.fails_with = None
    assert commit(connection, [insert(2)]) == [Done(2)]


def test_a_full_disk_and_a_readonly_file_refuse_and_recover(connection):
    connection.execute("PRAGMA max_page_count = 10")
    big = lambda c: c.execute("CREATE TABLE big AS SELECT randomblob(100000) AS b")  # noqa: E731
    answers = run(connection, lambda commits: together(commits, insert(1), big, insert(2)))
    assert answers[0] == 1 and answers[2] == 2
    assert isinstance(answers[1], Refused) and answers[1].kind == "unavailable"

    connection.execute("PRAGMA query_only = ON")
    (answer,) = commit(connection, [insert(3)])
    assert isinstance(answer, Refused) and answer.kind == "unavailable"

    connection.execute("PRAGMA query_only = OFF")
    assert commit(connection, [insert(4)]) == [Done(4)]
    assert kept(connection) == [1, 2, 4]


def test_a_file_that_another_process_holds_is_refused(connection, tmp_path):
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    connection.execute("PRAGMA busy_timeout = 1")

    answers = commit(connection, [insert(1), insert(2)])

    other.execute("ROLLBACK")
    other.close()
    assert [(type(answer), answer.kind) for answer in answers] == [(Refused, "unavailable")] * 2


def test_who_is_cancelled_while_waiting_has_not_written_and_the_others_have(connection):
    async def story(commits):
        gate = Gate()
        first = await gate.taken(commits)
        tasks = [asyncio.ensure_future(commits.write(insert(n))) for n in range(5)]
        await asyncio.sleep(0)
        tasks[2].cancel()
        await asyncio.sleep(0)
        gate.opened.set()
        await first
        return await asyncio.gather(*tasks, return_exceptions=True)

    answers = run(connection, story)

    assert isinstance(answers[2], asyncio.CancelledError)
    assert kept(connection) == [0, 1, 3, 4]


def test_who_is_cancelled_during_the_commit_stops_nobody(connection):
    async def story(commits):
        gate = Gate()
        first = await gate.taken(commits)
        first.cancel()
        second = asyncio.ensure_future(commits.write(insert(1)))
        await asyncio.sleep(0)
        gate.opened.set()
        return await second

    assert run(connection, story) == 1
    assert kept(connection) == [1]


def test_closing_finishes_what_waits_and_refuses_what_comes_later(connection):
    async def story():
        commits, gate = GroupCommit(connection), Gate()
        first = await gate.taken(commits)
        waiting = [asyncio.ensure_future(commits.write(insert(n))) for n in range(600)]
        await asyncio.sleep(0)
        closing = asyncio.ensure_future(commits.close())
        await asyncio.sleep(0)
        with pytest.raises(Refused) as late:
            await commits.write(insert(1_000))
        assert late.value.kind == "unavailable"
        gate.opened.set()
        await closing
        assert await first == "through"
        assert await asyncio.gather(*waiting) == list(range(600))

    asyncio.run(story())
    assert kept(connection) == list(range(600))


def test_closing_that_is_cut_short_says_what_can_be_known(connection):
    async def story():
        commits, gate = GroupCommit(connection), Gate()
        first = await gate.taken(commits)
        second = asyncio.ensure_future(commits.write(insert(2)))
        closing = asyncio.ensure_future(commits.close())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        threading.Timer(0.05, gate.opened.set).start()  # closing waits for the thread
        closing.cancel()
        outcomes = await asyncio.gather(closing, first, second, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError, Uncertain, Refused]

    asyncio.run(story())
    assert kept(connection) == []


def test_a_second_loop_does_not_wait_for_the_first(connection):
    commits = GroupCommit(connection)

    async def left_waiting(gate):
        (await gate.taken(commits)).cancel()
        gate.opened.set()

    asyncio.run(left_waiting(Gate()))
    assert asyncio.run(commits.write(insert(1))) == 1
    asyncio.run(commits.close())


def test_the_queue_has_a_bound(connection):
    async def story(commits):
        gate = Gate()
        first = await gate.taken(commits)
        waiting = [asyncio.ensure_future(commits.write(lambda c: None)) for _ in range(WAITING_WRITES + 1)]
        await asyncio.sleep(0)
        gate.opened.set()
        await first
        return await asyncio.gather(*waiting, return_exceptions=True)

    answers = run(connection, story)

    assert answers[:-1] == [None] * WAITING_WRITES
    assert isinstance(answers[-1], Refused) and answers[-1].kind == "unavailable"
