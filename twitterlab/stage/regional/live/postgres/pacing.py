"""People who do the same thing again and again, each after the last time has ended and a moment has passed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from twitterlab.bench.histogram import Histogram
from twitterlab.world.live import stopwatch_ns


async def again(seconds: float, every_s: float, act: Callable[[], Awaitable[object]], into: Histogram) -> None:
    """`act` for so long, `every_s` apart as far as it is not slower than that; each time is noted."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + seconds
    next_s = loop.time()
    while next_s < end_s:
        await asyncio.sleep(max(0.0, next_s - loop.time()))
        before_ns = stopwatch_ns()
        await act()
        into.record(stopwatch_ns() - before_ns)
        next_s = max(loop.time(), next_s + every_s)


async def until_done(main: Awaitable[object], *beside: Awaitable[object]) -> None:
    """`main`, and others beside it that end with it, and end it where they fail."""
    async with asyncio.TaskGroup() as everybody:

        async def led() -> None:
            await main
            for task in tasks:
                task.cancel()

        async def following(other: Awaitable[object]) -> None:
            with suppress(asyncio.CancelledError):
                await other

        tasks = [everybody.create_task(following(other)) for other in beside]
        everybody.create_task(led())
