"""A cable between two places: TCP connections through it take as long as light and routers do, both ways.

A proxy that sleeps before it forwards a chunk would carry one chunk a delay. Here a chunk is due one delay after it
was *read*, whatever is under way before it: the delay costs no bandwidth, as long as what is under way fits
`HELD_BYTES` (bandwidth times delay: 8 MiB over 82 ms is 800 Mbit/s). Order stays. Opening a connection takes a round
trip, as TCP's handshake does. While the cable is cut nothing gets through and nothing is lost: what was under way is
sent again when it is mended, as TCP does, though TCP may take some seconds to try.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress

HELD_BYTES, CHUNK_BYTES = 8 * 2**20, 2**16
CONNECTIONS = 256
CLOCK_S = 1e-9
"""What no clock tells apart."""
LOST = (ConnectionError, OSError)


class Cable:
    """All of it belongs to one event loop. `carried_bytes` and `carried_chunks` count both ways."""

    def __init__(self, one_way_s: float) -> None:
        self.one_way_s = one_way_s
        self.carried_bytes = self.carried_chunks = 0
        self._mended_s = float("-inf")
        self._whole = asyncio.Event()
        self._whole.set()
        self._servers: list[asyncio.Server] = []
        self._open: set[asyncio.Task[None]] = set()

    async def lead_to(self, port: int) -> int:
        """A new loopback port here, which leads to `port` at the other end."""

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._open.add(task)
            try:
                if len(self._open) <= CONNECTIONS:
                    await self._connect(port, reader, writer)
            except asyncio.CancelledError:  # the cable is taken up
                pass
            finally:
                self._open.discard(task)
                writer.close()

        server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=CHUNK_BYTES)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    def cut(self) -> None:
        """From now on nothing gets through."""
        self._whole.clear()

    def mend(self) -> None:
        """What waits is sent again, now."""
        self._mended_s = asyncio.get_running_loop().time()
        self._whole.set()

    async def take_up(self) -> None:
        """No connection is left, and there will be none."""
        for server in self._servers:
            server.close()
        left = tuple(self._open)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def arrival(self, sent_s: float) -> float:
        """Return when what was sent at `sent_s` has come through; when that is."""
        loop = asyncio.get_running_loop()
        while True:
            await self._whole.wait()
            left_s = max(sent_s, self._mended_s) + self.one_way_s - loop.time()
            if left_s < CLOCK_S:
                return loop.time()
            await asyncio.sleep(left_s)

    async def _connect(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The handshake, then both ways until both have ended or one is lost."""
        opened_s = await self.arrival(asyncio.get_running_loop().time())
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port, limit=CHUNK_BYTES)
        except LOST:
            return
        there = Way(self, reader, far_writer, opened_s + self.one_way_s)
        back = Way(self, far_reader, writer, opened_s)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(there.carry())
                both.create_task(back.carry())
        except* LOST:
            pass
        finally:
            far_writer.close()


class Way:
    """One direction of one connection. Nothing is sent before `not_before_s`."""

    def __init__(
        self, cable: Cable, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, not_before_s: float
    ) -> None:
        self._cable, self._reader, self._writer, self._not_before_s = cable, reader, writer, not_before_s
        self._under_way: deque[tuple[float, bytes]] = deque()
        self._held = 0
        self._changed = asyncio.Event()

    async def carry(self) -> None:
        """Until the end, which takes its time like everything. ConnectionError where nobody reads any more."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._take())
            both.create_task(self._give())

    async def _take(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            while self._held >= HELD_BYTES:
                await self._change()
            try:
                chunk = await self._reader.read(CHUNK_BYTES)
            except LOST:
                chunk = b""
            self._under_way.append((max(loop.time(), self._not_before_s), chunk))
            self._held += len(chunk)
            self._changed.set()
            if not chunk:
                return

    async def _give(self) -> None:
        while True:
            while not self._under_way:
                await self._change()
            sent_s, chunk = self._under_way[0]
            await self._cable.arrival(sent_s)
            if not chunk:
                with suppress(*LOST):
                    self._writer.write_eof()
                return
            self._writer.write(chunk)
            await self._writer.drain()
            self._under_way.popleft()
            self._held -= len(chunk)
            self._cable.carried_bytes += len(chunk)
            self._cable.carried_chunks += 1
            self._changed.set()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()
