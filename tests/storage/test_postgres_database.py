"""PostgreSQL under our ports: what it acknowledged is there after `kill -9`, and an error says what has happened."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from twitterlab.errors import BadInput, Refused, Uncertain
from twitterlab.model.tweet import Tweet
from twitterlab.model.user import User
from twitterlab.parts.queue import Event
from twitterlab.servers import postgres, postgres_replica
from twitterlab.servers.registry import Registry

psycopg = pytest.importorskip("psycopg")
from twitterlab.storage.postgres_stores import open_postgres  # noqa: E402

WRITERS, BEFORE_THE_KILL, TOP = 8, 60, 2**63 - 1


@pytest.fixture
def durable(tmp_path):
    """A server that waits for the disk, to be killed."""
    if postgres.POSTGRES.find() is None:
        pytest.skip(f"{postgres.POSTGRES.why_not()}. {postgres.POSTGRES.get_it}")
    with postgres.open(tmp_path) as server:
        yield server


async def load(stores, kill):
    """Writers post until the server is gone, which one of them kills. Who was told what."""
    acknowledged, refused, doubtful = set(), set(), set()

    async def write(writer):
        for id_ in range(writer, 1_000_000, WRITERS):
            try:
                await stores.tweets.add(Tweet(id_, 1, "hello @two", id_), [2], Event(id_, "posted", 1, id_))
            except Refused as error:
                assert error.kind == "unavailable"
                refused.add(id_)
                return
            except Uncertain:
                doubtful.add(id_)
                return
            acknowledged.add(id_)
            if len(acknowledged) == BEFORE_THE_KILL:
                kill()

    await asyncio.gather(*(write(writer) for writer in range(1, WRITERS + 1)))
    return acknowledged, refused, doubtful


@pytest.mark.slow
def test_kill_9_of_the_server_during_load_loses_no_acknowledged_write(durable, tmp_path):
    async def story():
        stores = open_postgres(durable.address(), tmp_path)
        try:
            await stores.users.add(User(1, "one", "One", 0))
            await stores.users.add(User(2, "two", "Two", 0))
            acknowledged, refused, doubtful = await load(stores, durable.kill)
            durable.start()
            tweets = set(await stores.tweets.by_author(1, TOP, 10_000))  # the same stores find their way back
            mentions = set(await stores.tweets.mentions(2, TOP, 10_000))
            events = {event.id for event in await stores.outbox.pending(10_000)}
            counts = await stores.users.counts(1)
        finally:
            await stores.close()
        assert len(acknowledged) >= BEFORE_THE_KILL
        assert acknowledged <= tweets <= acknowledged | doubtful
        assert not tweets & refused
        assert tweets == mentions == events  # each post whole
        assert counts.tweets == len(tweets)

    asyncio.run(story())


@pytest.fixture
def pair(tmp_path):
    """A primary and its synchronous standby."""
    if postgres.POSTGRES.find() is None:
        pytest.skip(f"{postgres.POSTGRES.why_not()}. {postgres.POSTGRES.get_it}")
    registry, outcomes = Registry(tmp_path / "state" / "servers"), []
    registry.up([postgres_replica.SERVICE], lambda _, outcome: outcomes.append(outcome))
    yield outcomes[0]
    registry.down()


@pytest.mark.slow
def test_a_dead_primary_is_replaced_by_its_standby_and_no_acknowledged_write_is_lost(pair, tmp_path):
    primary = next(member.pid for member in pair.members if member.name == "primary")

    async def story():
        stores = open_postgres(pair.address, tmp_path)
        try:
            await stores.users.add(User(1, "one", "One", 0))
            await stores.users.add(User(2, "two", "Two", 0))
            acknowledged, refused, doubtful = await load(stores, lambda: os.kill(primary, signal.SIGKILL))
            postgres_replica.promote(pair.address)
            tweets = set(await stores.tweets.by_author(1, TOP, 10_000))
            events = {event.id for event in await stores.outbox.pending(10_000)}
            await stores.tweets.add(Tweet(TOP, 1, "after", 0))  # the same stores find the new primary
        finally:
            await stores.close()
        assert len(acknowledged) >= BEFORE_THE_KILL
        assert acknowledged <= tweets <= acknowledged | doubtful
        assert not tweets & refused
        assert tweets == events

    asyncio.run(story())


@pytest.mark.slow
def test_nothing_is_acknowledged_that_the_standby_has_not_heard_of(pair, tmp_path):
    async def story():
        stores = open_postgres(pair.address, tmp_path)
        with psycopg.connect(pair.address, autocommit=True) as watch:
            (sender,) = watch.execute("SELECT pid FROM pg_stat_replication").fetchone()
            os.kill(sender, signal.SIGSTOP)
            try:
                post = asyncio.ensure_future(stores.users.add(User(1, "one", "One", 0)))
                waits = "SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                while not post.done() and not watch.execute(waits).fetchall():
                    await asyncio.sleep(0)
                assert not post.done()
            finally:
                os.kill(sender, signal.SIGCONT)
        await post
        await stores.close()

    asyncio.run(story())


def test_without_a_server_writes_and_reads_are_refused_and_come_back_with_it(durable, tmp_path):
    async def story():
        stores = open_postgres(durable.address(), tmp_path)
        try:
            await stores.ping()
            durable.kill()
            for _ in range(2):
                for call in (stores.users.add(User(1, "one", "One", 0)), stores.users.many([1]), stores.ping()):
                    with pytest.raises(Refused) as raised:
                        await call
                    assert raised.value.kind == "unavailable"
            durable.start()
            assert await stores.users.many([1]) == []
            await stores.users.add(User(1, "one", "One", 0))
        finally:
            await stores.close()
            await stores.close()
        with pytest.raises(Refused, match="closed"):
            await stores.users.many([1])

    asyncio.run(story())


def test_where_nobody_answers_it_takes_one_line(tmp_path):
    with pytest.raises(BadInput, match="no PostgreSQL answers"):
        open_postgres("postgresql://postgres@127.0.0.1:1/postgres", tmp_path)


@pytest.mark.parametrize(("text", "why"), [("a\0b", "cannot keep"), ("\ud800", "half a character")])
def test_what_it_cannot_keep_is_refused_whole(postgres_empty, tmp_path, text, why):
    async def story():
        stores = open_postgres(postgres_empty, tmp_path)
        try:
            await stores.users.add(User(1, "one", "One", 0))
            with pytest.raises(Refused, match=why):
                await stores.tweets.add(Tweet(1, 1, text, 0), (), Event(1, "posted", 1, 1))
            with pytest.raises(Refused, match="64 bits"):
                await stores.tweets.add(Tweet(2**64, 1, "x", 0))
            assert await stores.tweets.by_author(1, TOP, 9) == []
            assert list(await stores.outbox.pending(9)) == []
        finally:
            await stores.close()

    asyncio.run(story())


def test_two_who_want_one_handle_or_one_follow_at_once_are_told_apart(postgres_empty, tmp_path):
    async def story():
        stores = open_postgres(postgres_empty, tmp_path)
        try:
            asked = [stores.users.add(User(id_, "Ann", "Ann", 0)) for id_ in range(1, 9)]
            outcomes = await asyncio.gather(*asked, return_exceptions=True)
            assert sorted(getattr(outcome, "kind", "added") for outcome in outcomes) == ["added"] + ["taken"] * 7

            await asyncio.gather(*(stores.users.add(User(id_, f"user{id_}", "x", 0)) for id_ in range(10, 20)))
            follows = [stores.follows.follow(10, 11, 0, Event(id_, "followed", 10, 11)) for id_ in range(8)]
            assert sorted(await asyncio.gather(*follows)) == [False] * 7 + [True]
            assert len(await stores.outbox.pending(9)) == 1
            around = [stores.follows.follow(a, b, 0) for a in range(10, 20) for b in range(10, 20) if a != b]
            assert sum(await asyncio.gather(*around)) == 89
            assert (await stores.users.counts(11)).followers == 9
        finally:
            await stores.close()

    asyncio.run(story())


def test_a_write_that_is_cancelled_is_whole_or_not_there_and_its_connection_is_not_used_again(postgres_empty, tmp_path):
    async def story():
        stores = open_postgres(postgres_empty, tmp_path)
        try:
            await stores.users.add(User(1, "one", "One", 0))
            for id_ in range(1, 40):
                post = asyncio.ensure_future(
                    stores.tweets.add(Tweet(id_, 1, "x", 0), [1], Event(id_, "posted", 1, id_))
                )
                for _ in range(id_):
                    await asyncio.sleep(0)
                post.cancel()
                await asyncio.gather(post, return_exceptions=True)
            tweets = await stores.tweets.by_author(1, TOP, 99)
            assert tweets == await stores.tweets.mentions(1, TOP, 99)
            assert tweets == [event.id for event in await stores.outbox.pending(99)][::-1]
        finally:
            await stores.close()

    asyncio.run(story())
