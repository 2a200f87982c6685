"""A small HTTP/1.1 server of the experiments: requests without a body, answers with a length, connections that stay.

Sources: RFC 9112 (HTTP/1.1). Who goes away before the answer takes the request along, so that a queue does not hold
requests that nobody waits for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

HOST = "127.0.0.1"
BACKLOG = 2_048
MOST_HEAD_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for. Names of headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


Handle = Callable[[Request], Awaitable[Answer]]


async def listen(handle: Handle, port: int = 0) -> asyncio.Server:
    """Answer on this loopback port, 0 for a free one, until the server is closed."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: _Connection(handle), HOST, port, backlog=BACKLOG)


def port_of(server: asyncio.Server) -> int:
    """The port it listens on."""
    port: int = server.sockets[0].getsockname()[1]
    return port


class _Connection(asyncio.Protocol):
    """One connection: a request at a time, in order."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._buffer = b""
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._task is None:
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._task is not None:
            self._task.cancel()

    def _next(self) -> None:
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            if len(self._buffer) > MOST_HEAD_BYTES:
                self._transport.close()
            return
        self._buffer = rest
        request = _parsed(head)
        if request is None:
            self._transport.close()
            return
        self._task = asyncio.get_running_loop().create_task(self._answer(request))

    async def _answer(self, request: Request) -> None:
        try:
            self._transport.write(_written(await self._handle(request)))
        except asyncio.CancelledError:  # they went away
            return
        except Exception:
            self._transport.close()
            raise
        self._task = None
        self._next()


def _parsed(head: bytes) -> Request | None:
    """None for what is no request, or has a body."""
    first, *lines = head.decode("latin-1").split("\r\n")
    parts = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if len(parts) != 3 or headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
        return None
    return Request(parts[0], parts[1], headers)


def _written(answer: Answer) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    if answer.status != HTTPStatus.NOT_MODIFIED:
        lines.append(f"content-length: {len(answer.body)}")
    return "\r\n".join((*lines, "", "")).encode("latin-1") + answer.body
