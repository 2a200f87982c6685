"""The student's replicas, one a continent, behind a port each: what they lack they ask of each other as JSON lines.

A town asks each other town, through the cable between them, again and again: here is my version, what do I lack? The
answer is the part's delta. A write is made at once, and nobody is asked first.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from twitterlab.parts.replica import Change, Replica
from twitterlab.servers.cables import Cables
from twitterlab.world.live import LiveClock

ASK_EVERY_S, LINE_BYTES = 0.1, 2**26


@dataclass(slots=True)
class Town:
    """A replica and its door. `error` is what the part raised when somebody asked."""

    name: str
    replica: Replica
    clock: LiveClock = field(default_factory=LiveClock)
    error: Exception | None = None
    deltas: int = 0
    delta_bytes: int = 0
    _server: asyncio.Server | None = None

    async def open(self) -> int:
        """The port where others ask."""
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0, limit=LINE_BYTES)
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    def write(self, change: Change) -> None:
        """Made here, and acknowledged with that."""
        self.replica.write(change, self.clock.now_ms())

    async def follow(self, port: int) -> None:
        """Ask the town behind `port` until this is cancelled. What the part raises is raised."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=LINE_BYTES)
        try:
            while True:
                writer.write(json.dumps(self.replica.version()).encode() + b"\n")
                line = await reader.readline()
                if not line:
                    return
                delta = json.loads(line)
                if delta is not None:
                    self.deltas += 1
                    self.delta_bytes += len(line)
                    self.replica.merge(delta, self.clock.now_ms())
                await asyncio.sleep(ASK_EVERY_S)
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.CancelledError):
                while line := await reader.readline():
                    writer.write(json.dumps(self.replica.delta(json.loads(line))).encode() + b"\n")
                    await writer.drain()
        except Exception as error:
            self.error = error
        finally:
            writer.close()


async def exchange(towns: Mapping[str, Town], cables: Cables) -> None:
    """All of them ask each other, until this is cancelled."""
    ports = {name: await town.open() for name, town in towns.items()}
    leads = {
        (name, other): await asyncio.to_thread(cables.lead, name, other, ports[other])
        for name in towns
        for other in towns
        if other != name
    }
    try:
        async with asyncio.TaskGroup() as group:
            for (name, _), port in leads.items():
                group.create_task(towns[name].follow(port))
    finally:
        for town in towns.values():
            town.close()
