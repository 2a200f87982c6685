"""What loads the edge in its benchmarks: bare asyncio protocols, so that the client is not what is measured."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

SERVING = "twitterlab.course.benchmarks.edge_serving"
OPENED_AT_ONCE = 100
WORD = b'"event":"tweet"'
PING, PONG = b"\x89\x04", b"\x8a\x84\0\0\0\0"
"""The heads of uvicorn's pings, which carry four bytes, and of the answer to one (RFC 6455, section 5.5)."""


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[dict[str, int], int]]:
    """The ports of a serving process, and its number. It ends with us."""
    command = [sys.executable, "-m", SERVING, *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    try:
        yield cast(dict[str, int], json.loads(process.stdout.readline())), process.pid
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


class Asker(asyncio.Protocol):
    """One connection that asks the same a number of times, the next as soon as it is answered."""

    def __init__(self, request: bytes, times: int) -> None:
        self._request, self._left, self._held = request, times, bytearray()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        held = self._held
        held += data
        head = held.find(b"\r\n\r\n")
        if head < 0:
            return
        at = held.lower().find(b"content-length:", 0, head)
        if len(held) < head + 4 + int(held[at + 15 : held.find(b"\r", at)]):
            return
        assert held.startswith(b"HTTP/1.1 200"), bytes(held[:200])
        held.clear()
        self._left -= 1
        if self._left:
            self._transport.write(self._request)
        else:
            self._transport.close()
            self.done.set_result(None)


async def ask(port: int, path: str, headers: str, connections: int, times: int) -> None:
    """Return when each of the connections has its answers."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}\r\n".encode()
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(lambda: Asker(request, times), "127.0.0.1", port) for _ in range(connections)]
    await asyncio.gather(*(asker.done for _, asker in made))


class Ear(asyncio.Protocol):
    """One WebSocket that only looks whether `WORD` has come, and says that it is alive when it is asked."""

    def __init__(self, on_word: Callable[[], None]) -> None:
        self._on_word, self._held = on_word, b""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not self.opened.done() and b"101 Switching" in data:
            self.opened.set_result(None)
        asked = data.find(PING)
        if asked >= 0:
            self.transport.write(PONG + data[asked + 2 : asked + 6])
        held = self._held + data
        if WORD in held:
            self._held = b""
            self._on_word()
        else:
            self._held = held[-len(WORD) :]


class Audience:
    """Many open WebSockets; `everybody` waits until each has heard."""

    def __init__(self, count: int) -> None:
        self._count, self._heard, self._all = count, 0, asyncio.Event()
        self._ears: list[Ear] = []

    async def come(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        for number in range(self._count):
            _, ear = await loop.create_connection(lambda: Ear(self._note), "127.0.0.1", port)
            ear.transport.write(_handshake(port, f"token-{number}"))
            self._ears.append(ear)
            if number % OPENED_AT_ONCE == OPENED_AT_ONCE - 1:
                await _opened(self._ears[-OPENED_AT_ONCE:])
        await _opened(self._ears)

    async def everybody(self) -> None:
        await self._all.wait()
        self._all.clear()
        self._heard = 0

    def leave(self) -> None:
        for ear in self._ears:
            ear.transport.abort()

    def _note(self) -> None:
        self._heard += 1
        if self._heard == self._count:
            self._all.set()


async def _opened(ears: Sequence[Ear]) -> None:
    await asyncio.gather(*(ear.opened for ear in ears))


def _handshake(port: int, token: str) -> bytes:
    return (
        f"GET /api/live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    ).encode()


async def post(port: int, path: str, body: bytes, token: str) -> None:
    """One POST whose answer is waited for."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n"
    writer.write(f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 20"), answer[:300]
    writer.close()


def resident_kib(pid: int) -> float:
    """The memory of a process, on Linux."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024
