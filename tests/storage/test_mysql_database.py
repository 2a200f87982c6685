"""MariaDB under our ports: what it acknowledged is there after `kill -9`, and an error says what has happened."""

from __future__ import annotations

import asyncio

import pytest

from tests.storage.test_postgres_database import BEFORE_THE_KILL, TOP, load
from twitterlab.errors import BadInput, Refused
from twitterlab.model.tweet import Tweet
from twitterlab.model.user import User
from twitterlab.parts.queue import Event
from twitterlab.servers import mysql

pytest.importorskip("pymysql")
from twitterlab.storage.mysql_stores import open_mysql

pytestmark = pytest.mark.slow


@pytest.fixture
def durable(tmp_path):
    """A server that waits for the disk, to be killed."""
    if mysql.MARIADB.find() is None:
        pytest.skip(f"{mysql.MARIADB.why_not()}. {mysql.MARIADB.get_it}")
    with mysql.open(tmp_path) as server:
        yield server


def test_kill_9_of_the_server_during_load_loses_no_acknowledged_write(durable, tmp_path):
    async def story():
        stores = open_mysql(durable.address(), tmp_path)
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


def test_without_a_server_writes_and_reads_are_refused_and_come_back_with_it(durable, tmp_path):
    async def story():
        stores = open_mysql(durable.address(), tmp_path)
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
    with pytest.raises(BadInput, match="no MySQL answers"):
        open_mysql("mysql://nobody@127.0.0.1:1/nothing", tmp_path)


def test_what_it_cannot_keep_is_refused_whole(mysql_empty, tmp_path):
    async def story():
        stores = open_mysql(mysql_empty, tmp_path)
        try:
            await stores.users.add(User(1, "one", "One", 0))
            with pytest.raises(Refused, match="half a character"):
                await stores.tweets.add(Tweet(1, 1, "\ud800", 0), (), Event(1, "posted", 1, 1))
            with pytest.raises(Refused, match="64 bits"):
                await stores.tweets.add(Tweet(2**64, 1, "x", 0))
            await stores.tweets.add(Tweet(2, 1, "a\0b 😀 '; DROP TABLE users; --", 0))
            assert [tweet.text for tweet in await stores.tweets.many([2])] == ["a\0b 😀 '; DROP TABLE users; --"]
            assert await stores.tweets.by_author(1, TOP, 9) == [2]
            assert list(await stores.outbox.pending(9)) == []
        finally:
            await stores.close()

    asyncio.run(story())


def test_two_who_want_one_handle_or_one_follow_at_once_are_told_apart(mysql_empty, tmp_path):
    async def story():
        stores = open_mysql(mysql_empty, tmp_path)
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
