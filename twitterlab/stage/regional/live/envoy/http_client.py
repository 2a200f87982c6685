"""A small HTTP/1.1 client of the experiments: a connection a request that is under way, kept for the next one.

Sources: RFC 9112 (HTTP/1.1). It never tries again: whoever asks decides about that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from twitterlab.stage.regional.live.envoy.http_server import HOST

MOST_HEAD_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered. Names of headers are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Lost(Exception):
    """The connection could not be made, or ended before the answer."""


_Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Client:
    """Asks servers on this machine. At most as many connections as requests were under way at once."""

    def __init__(self) -> None:
        self._idle: dict[int, list[_Link]] = {}

    async def ask(self, port: int, path: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> Reply:
        """One request. Lost where there is no answer; cancelled, its connection is closed."""
        try:
            link = self._kept(port) or await asyncio.open_connection(HOST, port, limit=MOST_HEAD_BYTES)
        except OSError as error:
            raise Lost(str(error)) from None
        more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        try:
            link[1].write(f"{method} {path} HTTP/1.1\r\nhost: {HOST}\r\n{more}\r\n".encode("latin-1"))
            reply = await _read(link[0])
        except (OSError, EOFError, ValueError) as error:
            link[1].close()
            raise Lost(str(error)) from None
        except asyncio.CancelledError:
            link[1].close()
            raise
        if reply.headers.get("connection") == "close":
            link[1].close()
        else:
            self._idle.setdefault(port, []).append(link)
        return reply

    def _kept(self, port: int) -> _Link | None:
        """A connection that is still open."""
        idle = self._idle.get(port, [])
        while idle:
            reader, writer = idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return None

    def close(self) -> None:
        """Close what is kept."""
        for idle in self._idle.values():
            for _, writer in idle:
                writer.close()
        self._idle.clear()


async def _read(reader: asyncio.StreamReader) -> Reply:
    """One answer. EOFError where it ends early, ValueError for what is no answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head[:-4].split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    status = int(first.split(" ")[1])
    if status in (204, 304):
        return Reply(status, b"", headers)
    if headers.get("transfer-encoding") == "chunked":
        return Reply(status, await _chunks(reader), headers)
    return Reply(status, await reader.readexactly(int(headers["content-length"])), headers)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return body
