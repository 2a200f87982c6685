"""What a commit waits for, and what that costs who writes beside the primary.

Source: PostgreSQL documentation, "Write Ahead Log", `synchronous_commit`; "Synchronous Replication".
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count

from twitterlab.bench.histogram import Histogram
from twitterlab.stage.regional.live.postgres.continents import FAR, HOME, Continents
from twitterlab.stage.regional.live.postgres.pacing import again

WRITERS, EVERY_S = 4, 0.01
LEVELS = (
    ("local", 0),
    *((level, quorum) for quorum in (1, len(FAR)) for level in ("remote_write", "on", "remote_apply")),
)
"""`local`: on this disk. With a quorum: also in the memory of so many replicas, on their disks, shown by them."""


def name(level: str, quorum: int) -> str:
    """As it is called in figures."""
    return level if not quorum else f"{level}_{'any' if quorum == 1 else 'all'}"


async def measure(continents: Continents, seconds: float, progress: Callable[[float], None]) -> dict[str, Histogram]:
    """Milliseconds of a post in America, by level, one level after the other."""
    found: dict[str, Histogram] = {}
    for number, (level, quorum) in enumerate(LEVELS):
        await asyncio.to_thread(continents.servers.wait_for, quorum)
        found[name(level, quorum)] = await _level(continents, level, seconds / len(LEVELS))
        progress((number + 1) / len(LEVELS))
    return found


async def _level(continents: Continents, level: str, seconds: float) -> Histogram:
    found = Histogram()
    async with asyncio.TaskGroup() as crowd:
        for writer in range(WRITERS):
            crowd.create_task(_write(continents, writer, level, seconds, found))
    return found


async def _write(continents: Continents, writer: int, level: str, seconds: float, into: Histogram) -> None:
    authors = count(writer, WRITERS)
    async with continents.connected(HOME, HOME, level) as connection:

        async def post() -> None:
            await continents.post(connection, next(authors) % continents.people.users)

        await post()  # the settings may have changed this moment: not counted
        await again(seconds, EVERY_S, post, into)
