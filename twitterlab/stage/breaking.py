"""Breaking a live run on purpose: kill its worker or a primary, flush its cache, step its clock. Orders come from a file."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from twitterlab.parts.given import Clock
from twitterlab.servers.replicated import Replicated

BREAKABLE = ("worker", "cache", "clock")
PRIMARY = "primary"
"""What can be broken besides, where a replica takes its place."""
STEP_MS = -500
DEAD_MS = 1_000
GONE_MS = 6_000
"""How long a killed primary stays away: longer than its replica needs to take over."""
LEASE_MS = 2_000
"""What a killed worker held is taken over this soon, so that a short run shows it."""
Break = Callable[[], Awaitable[None]]


class Orders:
    """Lines that somebody appends to a file, each read once."""

    def __init__(self, path: Path) -> None:
        self._path, self._read = path, 0

    def new(self) -> list[str]:
        """Those since the last look; a line that is not finished yet waits."""
        try:
            lines = self._path.read_text(encoding="utf-8").split("\n")[:-1]
        except OSError:
            return []
        fresh, self._read = lines[self._read :], len(lines)
        return fresh


async def obey(orders: Orders, breaks: Mapping[str, Break]) -> None:
    """Do what was ordered; what nobody knows is not done."""
    for word in orders.new():
        if word in breaks:
            await breaks[word]()


class KillablePrimary:
    """A primary that somebody may kill: its replica takes over, and a while later it comes back as a replica."""

    def __init__(self, servers: Replicated, clock: Clock, tell: Callable[[str, str, str], None]) -> None:
        self._servers, self._clock, self._tell = servers, clock, tell
        self._gone: asyncio.Task[None] | None = None

    async def kill(self) -> None:
        """One at a time: while one is gone nothing happens."""
        if self._gone is None or self._gone.done():
            self._gone = asyncio.create_task(self._fail())

    async def is_back(self) -> None:
        """Return once none is gone."""
        if self._gone is not None:
            await self._gone

    async def _fail(self) -> None:
        self._tell("begin", "KillPrimary", "primary")
        await asyncio.to_thread(self._servers.fail)
        await self._clock.sleep_ms(GONE_MS)
        await asyncio.to_thread(self._servers.heal)
        self._tell("end", "KillPrimary", "primary")
