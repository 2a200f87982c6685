"""Whether people who have just posted find it on their own page, by the way their read is routed.

Read-your-writes: Terry et al., "Session Guarantees for Weakly Consistent Replicated Data" (1994).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from twitterlab.bench.histogram import Histogram
from twitterlab.stage.regional.live.postgres.continents import FAR, HOME, TOP, Connection, Continents
from twitterlab.stage.regional.live.postgres.pacing import again
from twitterlab.storage.tweets.postgres import PostgresTweets
from twitterlab.world.live import stopwatch_ns

WRITERS, EVERY_S, PAGE, LOOK_S = 5, 0.05, 20, 0.002
HAS = "SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint >= %s"


@dataclass(frozen=True, slots=True)
class Way:
    """Where the read goes that follows a write, and what the write waits for."""

    level: str = "local"
    quorum: int = 0
    is_at_primary: bool = False
    waits_for_lsn: bool = False


WAYS: Mapping[str, Way] = {
    "local": Way(),
    "by_lsn": Way(waits_for_lsn=True),
    "at_primary": Way(is_at_primary=True),
    "applied": Way("remote_apply", len(FAR)),
}


@dataclass(slots=True)
class Found:
    """One way on one continent."""

    posts: Histogram = field(default_factory=Histogram)
    reads: Histogram = field(default_factory=Histogram)
    broken: int = 0


async def measure(
    continents: Continents, seconds: float, progress: Callable[[float], None]
) -> dict[tuple[str, str], Found]:
    """By way and continent, one way after the other."""
    found: dict[tuple[str, str], Found] = {}
    for number, (name, way) in enumerate(WAYS.items()):
        await asyncio.to_thread(continents.servers.wait_for, way.quorum)
        async with asyncio.TaskGroup() as crowd:
            for place in FAR:
                into = found[name, place] = Found()
                for writer in range(WRITERS):
                    crowd.create_task(_person(continents, place, writer, way, seconds / len(WAYS), into))
        progress((number + 1) / len(WAYS))
    return found


async def _person(continents: Continents, place: str, author: int, way: Way, seconds: float, into: Found) -> None:
    """Posts, and looks at their own page as soon as the post is acknowledged."""
    async with (
        continents.connected(place, HOME, way.level) as primary,
        continents.connected(place, place) as near,
        continents.tweets(place, HOME if way.is_at_primary else place) as pages,
    ):
        await pages.by_author(author, TOP, PAGE)

        async def post_and_look() -> None:
            before_ns = stopwatch_ns()
            tweet_id, lsn = await continents.post(primary, author)
            posted_ns = stopwatch_ns()
            into.posts.record(posted_ns - before_ns)
            into.broken += not await _shows(pages, near if way.waits_for_lsn else None, author, tweet_id, lsn)
            into.reads.record(stopwatch_ns() - posted_ns)

        await again(seconds, EVERY_S, post_and_look, Histogram())


async def _shows(pages: PostgresTweets, near: Connection | None, author: int, tweet_id: int, lsn: int) -> bool:
    """Whether the page has it, read once the replica beside has come as far as `lsn`, where somebody asks it."""
    while near is not None:
        row = await (await near.execute(HAS, (lsn,))).fetchone()
        if row == (True,):
            break
        await asyncio.sleep(LOOK_S)
    return tweet_id in await pages.by_author(author, TOP, PAGE)
