"""What loads the edge in its benchmarks: bare asyncio protocols, so that the client is not what is measured."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from twitterlab.world.live import stopwatch_ns


@contextmanager
def child(*arguments):
    """A serving process and what it said when it was ready. It ends when its input does."""
    command = [sys.executable, "-m", "tests.benchmarks.edge_child", *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield json.loads(process.stdout.readline()), process.pid
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


class Asker(asyncio.Protocol):
    """One connection that asks the same again as soon as it is answered."""

    def __init__(self, request, until_ns):
        self.request, self.until_ns = request, until_ns
        self.answers, self._held = 0, bytearray()
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data):
        held = self._held
        held += data
        head = held.find(b"\r\n\r\n")
        if head < 0:
            return
        at = held.lower().find(b"content-length:", 0, head)
        size = int(held[at + 15 : held.find(b"\r", at)])
        if len(held) < head + 4 + size:
            return
        assert held.startswith(b"HTTP/1.1 200"), bytes(held[:200])
        held.clear()
        self.answers += 1
        if stopwatch_ns() < self.until_ns:
            self.transport.write(self.request)
        elif not self.done.done():
            self.transport.close()
            self.done.set_result(None)


async def answers_per_s(port, path, headers, connections, seconds):
    """How many answers all connections together get a second."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}\r\n".encode()
    loop, start = asyncio.get_running_loop(), stopwatch_ns()
    askers = []
    for _ in range(connections):
        _, asker = await loop.create_connection(lambda: Asker(request, start + seconds * 10**9), "127.0.0.1", port)
        askers.append(asker)
    await asyncio.gather(*(asker.done for asker in askers))
    return sum(asker.answers for asker in askers) / ((stopwatch_ns() - start) / 1e9)


class Ear(asyncio.Protocol):
    """One WebSocket that only looks whether `word` has come, and when."""

    __slots__ = ("_held", "_on", "opened", "transport", "word")

    def __init__(self, on_word):
        self._on, self._held = on_word, b""
        self.word = b"\xff\xff never"
        self.opened = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        if not self.opened.done() and b"101 Switching" in data:
            self.opened.set_result(None)
        held = self._held + data
        if self.word in held:
            self._held = b""
            self._on(stopwatch_ns())
        else:
            self._held = held[-64:]


async def ears(port, count, token):
    """`count` open WebSockets; `heard` collects when each has heard its word."""
    heard, opened, loop = [], [], asyncio.get_running_loop()
    for number in range(count):
        _, ear = await loop.create_connection(lambda: Ear(heard.append), "127.0.0.1", port)
        ear.transport.write(
            f"GET /api/live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            f"Authorization: Bearer {token(number)}\r\n\r\n".encode()
        )
        opened.append(ear)
        if number % 100 == 99:
            await asyncio.gather(*(ear.opened for ear in opened[-100:]))
    await asyncio.gather(*(ear.opened for ear in opened))
    return opened, heard


def resident_bytes(pid):
    """The memory of a process, on Linux."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
