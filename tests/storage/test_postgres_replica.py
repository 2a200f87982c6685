"""Questions go to the standby, and who has written something finds it there."""

from __future__ import annotations

import asyncio

import pytest

from twitterlab.model.message import Notification
from twitterlab.model.user import User

psycopg = pytest.importorskip("psycopg")
from twitterlab.storage.postgres_database import PostgresDatabase  # noqa: E402
from twitterlab.storage.postgres_replica import ReplicaReads  # noqa: E402
from twitterlab.storage.postgres_stores import open_postgres  # noqa: E402

pytestmark = pytest.mark.slow
TOP = 2**63 - 1


@pytest.fixture
def pair(postgres_pair_empty):
    return postgres_pair_empty


def reads_of(pair):
    return ReplicaReads(PostgresDatabase(pair.address("prefer-standby")))


def test_the_standby_answers(pair):
    async def story():
        reads = reads_of(pair)
        try:
            assert await reads.read("SELECT pg_is_in_recovery()", ()) == [(True,)]
            assert reads.served == 1
        finally:
            await reads.close()

    asyncio.run(story())


def test_what_was_acknowledged_is_on_the_standby_for_everybody(pair, tmp_path):
    async def story():
        mine = open_postgres(pair.address(), tmp_path)
        other = open_postgres(pair.address(), tmp_path, pair.address("prefer-standby"))  # knows nothing of my writes
        try:
            for number in range(1, 60):
                await mine.users.add(User(number, f"user{number}", "", 0))
                assert [user.id for user in await other.users.many([number])] == [number]
        finally:
            await mine.close()
            await other.close()

    asyncio.run(story())


def test_while_the_standby_lags_who_has_written_reads_on_the_primary(pair, tmp_path):
    async def story():
        stores = open_postgres(pair.address(), tmp_path, pair.address("prefer-standby"))
        try:
            await stores.users.add(User(1, "one", "One", 0))
            with psycopg.connect(pair.standby.address(), autocommit=True) as standby:
                standby.execute("SELECT pg_wal_replay_pause()")
                try:
                    # one that is committed without waiting for the standby
                    await stores.notifications.add([Notification(1, 1, "like", 2, None, 0)])
                    assert standby.execute("SELECT count(*) FROM notifications").fetchone() == (0,)
                    assert len(await stores.notifications.page(1, TOP, 9)) == 1
                finally:
                    standby.execute("SELECT pg_wal_replay_resume()")
        finally:
            await stores.close()

    asyncio.run(story())
