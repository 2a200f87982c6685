"""What becomes of writes that wait for all replicas while one of them is cut off."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from twitterlab.bench.histogram import Histogram
from twitterlab.stage.regional.live.postgres.continents import FAR, HOME, Continents
from twitterlab.stage.regional.live.postgres.crowd import WRITERS
from twitterlab.stage.regional.live.postgres.pacing import again
from twitterlab.world.live import stopwatch_ns

BEFORE, APART, EVERY_S = 0.3, 0.5, 0.02


@dataclass(slots=True)
class Stall:
    """Writes in America. `meanwhile`: acknowledged while Asia was away."""

    took: Histogram = field(default_factory=Histogram)
    meanwhile: int = 0
    apart_s: float = 0.0


async def measure(continents: Continents, seconds: float) -> Stall:
    """Every commit waits until all replicas have it on disk."""
    await asyncio.to_thread(continents.servers.wait_for, len(FAR))
    found = Stall()
    is_apart = asyncio.Event()

    async def write(author: int) -> None:
        async with continents.connected(HOME, HOME, "on") as connection:

            async def post() -> None:
                await continents.post(connection, author)
                found.meanwhile += is_apart.is_set()

            await again(seconds, EVERY_S, post, found.took)

    async with asyncio.TaskGroup() as crowd:
        for author in range(WRITERS):
            crowd.create_task(write(author))
        await asyncio.sleep(BEFORE * seconds)
        await asyncio.to_thread(continents.cables.cut, "asia")
        is_apart.set()
        before_ns = stopwatch_ns()
        await asyncio.sleep(APART * seconds)
        is_apart.clear()
        await asyncio.to_thread(continents.cables.mend, "asia")
        found.apart_s = (stopwatch_ns() - before_ns) / 1e9
    return found
