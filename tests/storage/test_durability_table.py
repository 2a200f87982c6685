"""The table of what an acknowledgement means: servers are set as it says, and `kill -9` takes no more than it says."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from redis import RedisError

from solutions.week1.day2_schema import SocialSchema
from twitterlab.servers import postgres, private_cluster, private_sentinel, valkey
from twitterlab.servers.valkey_node import ask
from twitterlab.storage.durability import TABLE, as_markdown
from twitterlab.storage.redis_servers import cluster_client
from twitterlab.storage.stores import open_stores

ROW = {one.of: one for one in TABLE}
PAGE = Path(__file__).parents[2] / "docs" / "failover.md"
WRITERS, BEFORE_THE_KILL = 8, 300
NEVER = {"cluster-node-timeout": "600000"}
"""No failover while a server is started again."""


def told_by(server, names, password):
    with ask(server.port, password) as client:
        return {name: client.config_get(name)[name] for name in names}


def test_the_page_shows_the_table():
    assert as_markdown() in PAGE.read_text(encoding="utf-8")


def test_sqlite_is_set_as_the_table_says(tmp_path, monkeypatch):
    commits = []

    def watched(*arguments, **options):
        connection = sqlite3.Connection(*arguments, **options)
        connection.set_trace_callback(commits.append)
        return connection

    async def story():
        monkeypatch.setattr(sqlite3, "connect", watched)
        stores = open_stores("sqlite", tmp_path, SocialSchema())
        await stores.ping()
        await stores.close()

    asyncio.run(story())
    said = ROW["SQLite"].settings
    assert said["synchronous"] == "2"  # the number that SQLite has for FULL
    assert any("synchronous = FULL" in statement for statement in commits)
    assert any(statement.lower().replace(" ", "").startswith("pragmajournal_mode=wal") for statement in commits)


@pytest.mark.parametrize(
    ("of", "settings"), [("Valkey, the event log", valkey.DURABLE), ("Valkey, the copies", valkey.CACHE)]
)
def test_valkey_is_set_as_the_table_says(of, settings, valkey_server):
    with valkey.open(settings=settings) as server:
        assert told_by(server, ROW[of].settings, server.address()["password"]) == ROW[of].settings


@pytest.mark.slow
def test_a_cluster_and_what_sentinels_watch_are_set_as_the_table_says(valkey_server):
    with private_cluster.open() as cluster:
        for node in cluster.nodes:
            assert told_by(node, ROW["Valkey Cluster"].settings, cluster.password) == ROW["Valkey Cluster"].settings
    with private_sentinel.open() as servers:
        for node in servers.pair:
            said = ROW["Valkey under Sentinel"].settings
            assert told_by(node, said, servers.password) == said


def test_postgresql_is_set_as_the_table_says(tmp_path, postgres_server):
    psycopg = pytest.importorskip("psycopg")

    with postgres.open(tmp_path) as server, psycopg.connect(server.address()) as connection:
        for name, value in ROW["PostgreSQL"].settings.items():
            assert connection.execute(f"SHOW {name}").fetchone() == (value,)


@pytest.mark.slow
def test_a_primary_with_a_standby_is_set_as_the_table_says(tmp_path, postgres_server):
    psycopg = pytest.importorskip("psycopg")
    from twitterlab.servers import postgres_pair

    with postgres_pair.open(tmp_path) as pair, psycopg.connect(pair.address()) as connection:
        for name, value in ROW["PostgreSQL with a standby"].settings.items():
            assert connection.execute(f"SHOW {name}").fetchone() == (value,)


async def load(client, kill):
    """Writers append until the server is gone. What was acknowledged."""
    acknowledged, killed = set(), []

    async def write(writer):
        for number in range(writer, 1_000_000, WRITERS):
            try:
                await client.xadd("{events}", {"n": number})
            except (RedisError, OSError):
                return
            acknowledged.add(number)
            if len(acknowledged) >= BEFORE_THE_KILL and not killed:
                killed.append(number)
                await asyncio.to_thread(kill)

    await asyncio.gather(*(write(writer) for writer in range(WRITERS)))
    return acknowledged


async def kept(client):
    return {int(fields[b"n"]) for _, fields in await client.xrange("{events}")}


def test_kill_9_of_the_event_log_under_load_loses_nothing_that_was_acknowledged(valkey_server):
    async def story(server):
        client = server.client()
        try:
            acknowledged = await load(client, server.kill)
            await asyncio.to_thread(server.start)
            assert len(acknowledged) >= BEFORE_THE_KILL
            assert acknowledged <= await kept(client)
        finally:
            await client.aclose()

    with valkey.open() as server:
        asyncio.run(story(server))


@pytest.mark.slow
def test_kill_9_of_a_node_that_flushes_loses_nothing_where_nobody_takes_its_place(valkey_server):
    async def story(cluster):
        client = cluster_client(cluster)
        try:
            acknowledged = await load(client, cluster.fail)
            await asyncio.to_thread(cluster.heal)
            await client.relearn()
            assert len(acknowledged) >= BEFORE_THE_KILL
            assert acknowledged <= await kept(client)
        finally:
            await client.aclose()

    with private_cluster.open(settings={**valkey.DURABLE, **NEVER}) as cluster:
        asyncio.run(story(cluster))
