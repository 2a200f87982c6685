"""Three continents with a PostgreSQL server each, a population in it, and connections from here to there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

import psycopg
from psycopg import AsyncClientCursor, AsyncConnection

from twitterlab.platform.regional.layout import Layout
from twitterlab.servers import far_standbys
from twitterlab.servers.cables import Cables
from twitterlab.servers.far_standbys import FarStandbys
from twitterlab.servers.waiting import until
from twitterlab.stage.regional.snapshot import Snapshot
from twitterlab.storage.follows.postgres import PostgresFollows
from twitterlab.storage.postgres_database import PostgresDatabase
from twitterlab.storage.tweets.postgres import PostgresTweets
from twitterlab.storage.users.postgres import PostgresUsers
from twitterlab.world.places import measured_round_trips_ms

HOME, FAR = "america", ("europe", "asia")
PLACES = (HOME, *FAR)
TOP = 2**63 - 1
POST = """BEGIN; INSERT INTO tweets (id, author_id, text, created_ms, media) VALUES (%s, %s, %s, 0, ARRAY[]::text[]);
COMMIT; SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint"""
"""A tweet in one round trip, and how long the log is after its commit."""
REPLAYED = "SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint"
WRITTEN = "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint"
"""How long the log of a replica is that has been replayed, and that of the primary, in bytes."""
Connection = AsyncConnection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Continents:
    """`ids` are those of new tweets, above all old ones."""

    servers: FarStandbys
    cables: Cables
    people: Snapshot
    ids: count[int] = field(default_factory=lambda: count(TOP >> 1))

    def url(self, start: str, end: str, level: str = "on") -> str:
        """The database at `end` for somebody at `start`, whose commits wait as `level` says."""
        return f"{self.servers.address(start, end)}?options=-c%20synchronous_commit%3D{level}"

    @asynccontextmanager
    async def tweets(self, start: str, end: str) -> AsyncIterator[PostgresTweets]:
        """The platform's own store of tweets."""
        database = PostgresDatabase(self.url(start, end))
        try:
            yield PostgresTweets(database)
        finally:
            await database.close()

    @asynccontextmanager
    async def connected(self, start: str, end: str, level: str = "on") -> AsyncIterator[Connection]:
        """One connection."""
        connection = await AsyncConnection.connect(self.url(start, end, level), autocommit=True)
        try:
            yield connection
        finally:
            await asyncio.shield(connection.close())

    async def post(self, connection: Connection, author: int) -> tuple[int, int]:
        """A new tweet's id, and how far a replica must have come that shows it (LSN)."""
        tweet_id = next(self.ids)
        async with AsyncClientCursor(connection) as cursor:
            await cursor.execute(POST, (tweet_id, author, f"what {author} says"))
            while cursor.nextset():
                pass
            row = await cursor.fetchone()
        assert row is not None
        return tweet_id, int(row[0])


@contextmanager
def open(people: Snapshot) -> Iterator[Continents]:
    """Started and populated; stopped at the end. BadInput without PostgreSQL."""
    regions = {each.name: each.region for each in Layout().continents}
    trips = measured_round_trips_ms()
    one_way = {
        (start, end): trips[regions[start], regions[end]] / 2
        for start, end in ((HOME, "europe"), (HOME, "asia"), ("europe", "asia"))
    }
    with far_standbys.open(PLACES, one_way) as (servers, laid):
        made = Continents(servers, laid, people)
        _populate(servers.address(HOME, HOME), people)
        written = servers.ask(WRITTEN)[0][0]
        for place in FAR:
            until(partial(_has_replayed, servers, place, written), f"the replica in {place} to have it all")
        yield made


def _has_replayed(servers: FarStandbys, place: str, written: int) -> bool:
    return bool(servers.ask(REPLAYED, place)[0][0] >= written)


def _populate(url: str, people: Snapshot) -> None:
    """The platform's tables, with everybody, whom they follow, and what they have said."""
    database = PostgresDatabase(url)
    PostgresUsers(database)
    PostgresFollows(database)
    PostgresTweets(database)
    database.define("CREATE TABLE beats (n BIGINT NOT NULL)", "INSERT INTO beats VALUES (0)")
    database.open()
    everybody = range(people.users)
    rows: dict[str, Iterator[tuple[Any, ...]]] = {
        "users (id, handle, lowered, name, created_ms, bio)": (
            (user, f"u{user}", f"u{user}", f"U{user}", 0, "") for user in everybody
        ),
        "follows": ((user, followee, 0) for user in everybody for followee in people.followees(user)),
        "tweets (id, author_id, text, created_ms, media)": (
            (tweet, user, f"what {user} said", 0, []) for user in everybody for tweet in set(people.tweets(user))
        ),
    }
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for table, found in rows.items():
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in found:
                    copy.write_row(row)
        connection.execute("ANALYZE")
