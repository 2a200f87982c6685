"""A pair of PostgreSQL servers: a dead primary is replaced, stays down, and nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from twitterlab.errors import Refused, Uncertain
from twitterlab.model.tweet import Tweet
from twitterlab.model.user import User
from twitterlab.parts.queue import Event
from twitterlab.servers import postgres, postgres_pair
from twitterlab.servers.postgres_pair import READS
from twitterlab.servers.waiting import until

psycopg = pytest.importorskip("psycopg")
from twitterlab.storage.postgres_stores import open_postgres  # noqa: E402

pytestmark = pytest.mark.slow
WRITERS, BEFORE_THE_KILL, TOP = 6, 60, 2**63 - 1


@pytest.fixture
def pair(tmp_path):
    """A pair that waits for disks, to be broken."""
    if postgres.POSTGRES.find() is None:
        pytest.skip(f"{postgres.POSTGRES.why_not()}. {postgres.POSTGRES.get_it}")
    with postgres_pair.open(tmp_path) as made:
        yield made


async def writes_again(stores):
    """Return once a write is taken."""
    while True:
        try:
            await stores.ping()
            return
        except (Refused, Uncertain):
            await asyncio.sleep(0)


async def load(stores, kill):
    """Writers post through the failover, until each has posted as often after it as before. What was acknowledged,
    and what may have happened."""
    acknowledged, doubtful, killed = set(), set(), asyncio.Event()

    async def write(writer):
        after = 0
        for id_ in range(writer, 1_000_000, WRITERS):
            try:
                await stores.tweets.add(Tweet(id_, 1, "hello", id_), [], Event(id_, "posted", 1, id_))
            except Uncertain:
                doubtful.add(id_)
                continue
            except Refused:
                await writes_again(stores)
                continue
            acknowledged.add(id_)
            after += killed.is_set()
            if len(acknowledged) >= BEFORE_THE_KILL and not killed.is_set():
                killed.set()
                kill()
            if after >= BEFORE_THE_KILL // WRITERS:
                return

    await asyncio.gather(*(write(writer) for writer in range(1, WRITERS + 1)))
    return acknowledged, doubtful


def test_kill_9_of_the_primary_under_load_loses_nothing_that_was_acknowledged(pair, tmp_path):
    async def story():
        stores = open_postgres(pair.address(), tmp_path, pair.address(READS))
        try:
            await stores.users.add(User(1, "one", "One", 0))
            acknowledged, doubtful = await load(stores, pair.fail)
            tweets = set(await stores.tweets.by_author(1, TOP, 10_000))
            events = {event.id for event in await stores.outbox.pending(10_000)}
        finally:
            await stores.close()
        assert pair.promotions == 1
        assert acknowledged <= tweets <= acknowledged | doubtful
        assert tweets == events

    asyncio.run(story())


def test_what_the_standby_has_not_heard_of_is_not_acknowledged_and_gone_after_the_failover(pair, tmp_path):
    async def story():
        stores = open_postgres(pair.address(), tmp_path)
        try:
            await stores.users.add(User(1, "one", "One", 0))
            with psycopg.connect(pair.address(), autocommit=True) as watch:
                (sender,) = watch.execute("SELECT pid FROM pg_stat_replication").fetchone()
                os.kill(sender, signal.SIGSTOP)
                post = asyncio.ensure_future(stores.users.add(User(2, "two", "Two", 0)))
                waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                while not post.done() and not watch.execute(waits).fetchall():
                    await asyncio.sleep(0)
                assert not post.done()
            os.kill(sender, signal.SIGKILL)  # the postmaster ends with it, and the backends with that
            pair.fail()
            with pytest.raises(Uncertain):
                await post
            await writes_again(stores)
            assert [user.id for user in await stores.users.many([1, 2])] == [1]
        finally:
            await stores.close()

    asyncio.run(story())


def test_a_primary_that_was_replaced_comes_back_as_no_primary(pair):
    old = pair.primary
    pair.fail()
    until(lambda: pair.primary is not old, "the standby to be promoted")

    old.start()

    with psycopg.connect(old.address(), autocommit=True, options="-c statement_timeout=2000") as back:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            back.execute("CREATE TABLE split (brain INTEGER)")
        assert back.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
    with psycopg.connect(pair.address(), autocommit=True) as leader:
        assert leader.info.port == pair.primary.port


def test_a_primary_that_hangs_is_killed_before_another_takes_its_place(pair, monkeypatch):
    monkeypatch.setattr(postgres_pair, "SILENCES", 1)
    monkeypatch.setattr(postgres_pair, "ASK_EVERY", 1)
    old = pair.primary
    os.kill(old.pid, signal.SIGSTOP)

    until(lambda: pair.promotions == 1, "the standby to be promoted")

    assert not old.is_running


def test_a_healed_pair_fails_over_back(pair, tmp_path):
    async def story():
        stores = open_postgres(pair.address(), tmp_path, pair.address(READS))
        try:
            for number in range(1, 3):
                await stores.users.add(User(number, f"user{number}", "", 0))
                await asyncio.to_thread(pair.fail)
                await writes_again(stores)
                await asyncio.to_thread(pair.heal)
            assert [user.id for user in await stores.users.many([1, 2])] == [1, 2]
        finally:
            await stores.close()
        assert pair.promotions == 2

    asyncio.run(story())


def test_without_a_standby_a_dead_primary_is_started_again_with_all_it_has(pair, tmp_path):
    async def story():
        stores = open_postgres(pair.address(), tmp_path)
        try:
            for number in range(1, 4):  # the first kill makes the standby the primary; then nobody else is there
                await stores.users.add(User(number, f"user{number}", "", 0))
                await asyncio.to_thread(pair.fail)
                await writes_again(stores)
            assert [user.id for user in await stores.users.many([1, 2, 3])] == [1, 2, 3]
        finally:
            await stores.close()
        assert pair.promotions == 1

    asyncio.run(story())


def test_when_both_die_at_once_nothing_that_was_acknowledged_is_lost(pair, tmp_path):
    async def story():
        stores = open_postgres(pair.address(), tmp_path)
        try:
            await stores.users.add(User(1, "one", "One", 0))
            pair.standby.kill()
            pair.fail()
            await writes_again(stores)
            assert [user.id for user in await stores.users.many([1])] == [1]
        finally:
            await stores.close()

    asyncio.run(story())


def test_a_standby_that_dies_is_started_again_and_commits_go_on(pair, tmp_path):
    async def story():
        stores = open_postgres(pair.address(), tmp_path)
        try:
            pair.standby.kill()
            await stores.users.add(User(1, "one", "One", 0))  # waits until it is back
        finally:
            await stores.close()
        assert pair.standby.is_running
        assert pair.promotions == 0

    asyncio.run(story())


def test_what_a_folder_holds_is_there_again_also_when_the_other_one_was_primary_last(tmp_path):
    if postgres.POSTGRES.find() is None:
        pytest.skip(postgres.POSTGRES.why_not())

    async def visit(break_it):
        with postgres_pair.open(tmp_path) as pair:
            stores = open_postgres(pair.address(), tmp_path)
            try:
                if break_it:
                    pair.fail()
                    await writes_again(stores)
                    await stores.users.add(User(1, "one", "One", 0))
                return [user.handle for user in await stores.users.many([1])]
            finally:
                await stores.close()

    assert asyncio.run(visit(True)) == ["one"]
    assert asyncio.run(visit(False)) == ["one"]
