"""What people do while Asia is cut off: to PostgreSQL, and to the student's replicas, the same on both."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

import psycopg
from psycopg import errors

from twitterlab.bench.histogram import Histogram
from twitterlab.parts.given import Chance
from twitterlab.parts.replica import Add, Change, Count, Put, Remove
from twitterlab.stage.regional.live.postgres.continents import HOME, PLACES, Continents
from twitterlab.stage.regional.live.postgres.exchange import Town
from twitterlab.stage.regional.live.postgres.pacing import again
from twitterlab.world.live import stopwatch_ns

WRITERS, EVERY_S, TRY_EVERY_S = 3, 0.1, 0.2
POPULAR, CIRCLE = 5, 8
"""Tweets that everybody likes; people who change their profile and follow each other on all continents."""


@dataclass(slots=True)
class Told:
    """What people were told. `at_s` by continent: when a write was acknowledged, since the start. `beats`: when a
    town wrote that number of its own."""

    started_ns: int = field(default_factory=stopwatch_ns)
    tweets: dict[int, str] = field(default_factory=dict)
    at_s: dict[str, list[float]] = field(default_factory=lambda: {place: [] for place in PLACES})
    took: dict[str, Histogram] = field(default_factory=lambda: {place: Histogram() for place in PLACES})
    likes: dict[str, int] = field(default_factory=dict)
    beats: dict[tuple[str, int], float] = field(default_factory=dict)
    refused: int = 0
    tried: int = 0

    def now_s(self) -> float:
        return (stopwatch_ns() - self.started_ns) / 1e9

    def acknowledge(self, place: str, tweet_id: int) -> None:
        self.tweets[tweet_id] = place
        self.at_s[place].append(self.now_s())

    def between(self, place: str, start_s: float, end_s: float) -> int:
        """Acknowledged writes of that time."""
        return sum(start_s <= at_s < end_s for at_s in self.at_s[place])


async def post_everywhere(continents: Continents, told: Told, seconds: float) -> None:
    """`WRITERS` a continent post to the primary, wherever it is from them; and once more, in Asia, to the replica."""
    async with asyncio.TaskGroup() as crowd:
        for place in PLACES:
            for writer in range(WRITERS):
                crowd.create_task(_post(continents, told, place, writer, seconds))
        crowd.create_task(_try_replica(continents, told, seconds))


async def _post(continents: Continents, told: Told, place: str, writer: int, seconds: float) -> None:
    authors = count(WRITERS * PLACES.index(place) + writer, 17)
    async with continents.connected(place, HOME) as connection:

        async def post() -> None:
            tweet_id, _ = await continents.post(connection, next(authors) % continents.people.users)
            told.acknowledge(place, tweet_id)

        await again(seconds, EVERY_S, post, told.took[place])


async def _try_replica(continents: Continents, told: Told, seconds: float) -> None:
    """Somebody in Asia asks the server that is near."""
    async with continents.connected("asia", "asia") as connection:

        async def post() -> None:
            told.tried += 1
            try:
                await continents.post(connection, 1)
            except errors.ReadOnlySqlTransaction:
                told.refused += 1
                await connection.execute("ROLLBACK")

        await again(seconds, TRY_EVERY_S, post, Histogram())


async def write_everywhere(towns: Mapping[str, Town], told: Told, chance: Chance, seconds: float) -> None:
    """As many people as at PostgreSQL write to the replica that is near, and each tweet comes with a like and with
    what makes conflicts: a profile, a follow or an unfollow that others change too."""
    ids, beats = count(1), count(1)
    async with asyncio.TaskGroup() as crowd:
        for name, town in towns.items():
            for _ in range(WRITERS):

                async def act(name: str = name, town: Town = town) -> None:
                    tweet_id, beat = next(ids), next(beats)
                    for change in _changes(name, tweet_id, beat, chance):
                        town.write(change)
                        if isinstance(change, Count):
                            told.likes[change.key] = told.likes.get(change.key, 0) + change.by
                    told.beats[name, beat] = told.now_s()
                    told.acknowledge(name, tweet_id)

                crowd.create_task(again(seconds, EVERY_S, act, told.took[name]))


def _changes(place: str, tweet_id: int, beat: int, chance: Chance) -> tuple[Change, ...]:
    who, whom = chance.below(CIRCLE), chance.below(CIRCLE)
    follow = Remove if chance.random() < 0.4 else Add
    return (
        Put(f"tweet/{tweet_id}", f"{place} says {tweet_id}"),
        Add("tweets/1", tweet_id),
        Count(f"likes/{chance.below(POPULAR)}", 1),
        Put(f"profile/{who}", f"written in {place}, as number {tweet_id}"),
        follow(f"follows/{who}", whom),
        Put(f"beat/{place}", str(beat)),
    )


async def behind(towns: Mapping[str, Town], told: Told, into: list[tuple[float, float]], every_s: float) -> None:
    """How old the newest of America's writes is that Asia's replica shows, in milliseconds; until cancelled."""
    while True:
        shown = towns["asia"].replica.register(f"beat/{HOME}")
        written_s = told.beats.get((HOME, int(shown or 0)))
        if written_s is not None:
            into.append((told.now_s(), 1e3 * (told.now_s() - written_s)))
        await asyncio.sleep(every_s)


def missing(continents: Continents, told: Told, place: str) -> int:
    """Acknowledged tweets that the server at `place` does not have."""
    with psycopg.connect(continents.url(place, place)) as connection:
        row = connection.execute(
            """SELECT COUNT(*) FROM unnest(%s::bigint[]) AS told (id)
            WHERE NOT EXISTS (SELECT FROM tweets WHERE tweets.id = told.id)""",
            (list(told.tweets),),
        ).fetchone()
    return int(row[0]) if row else len(told.tweets)
