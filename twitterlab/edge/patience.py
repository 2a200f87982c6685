"""Patience: how long a connection may take to say what it wants and to hear the answer, and how much it may say.

uvicorn waits for ever for the end of a request's head, and with httptools it takes a head of any size: a client that
opens many connections and sends a byte now and then would hold them all (known as Slowloris, 2009). It also waits for
ever for a client that reads nothing. What a body may take is in `reading.py`.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

HEAD_WITHIN_S = 10.0
MAX_HEAD = 64 * 1024
HEARD_WITHIN_S = 15.0
"""How long what we write may wait in full buffers for a client to read on."""
USER_TIMEOUT_MS = 30_000


def bound_silence(listening: socket.socket) -> None:
    """Let the kernel give up connections whose other end takes nothing, also after we have closed ours (RFC 5482;
    Linux only). Accepted connections inherit it."""
    if sys.platform == "linux":
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)


class PatientServer(uvicorn.Server):
    """uvicorn's server, which lets what is being answered be answered when it ends. What has no end of its own, as an
    event stream, is ended by `end_live` before."""

    def __init__(self, config: uvicorn.Config, end_live: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_live = end_live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._end_live()
        await super().shutdown(sockets)


class Heard(asyncio.Protocol):
    """Before one of uvicorn's protocols: a client that does not read for `HEARD_WITHIN_S` while we write is hung up on."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _stalled: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(HEARD_WITHIN_S, self.transport.abort)

    def resume_writing(self) -> None:
        self._go_on()
        super().resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        self._go_on()
        super().connection_lost(error)

    def _go_on(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


class Patience(Heard):
    """Before one of uvicorn's HTTP protocols: a bound on heads, 408 after `HEAD_WITHIN_S`, 431 beyond `MAX_HEAD` bytes.

    The rest of a body that was refused is thrown away for as long; then the connection goes."""

    cycle: Any
    """The request that came last, as uvicorn keeps it; None before the first."""
    _timer: asyncio.TimerHandle | None = None
    _heard = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, error: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._awaits_head():
            self._wait_no_more()
            return
        self._heard += len(data)
        if self._heard > MAX_HEAD and not self._has_answered():
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._timer is None:
            self._wait()

    def _awaits_head(self) -> bool:
        """Whether no request is being answered on this connection, which may be a WebSocket by now."""
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return False
        return self.cycle is None or bool(self.cycle.response_complete)

    def _has_answered(self) -> bool:
        """What comes may still be the body of a request that was answered before it had ended."""
        return self.cycle is not None and self.cycle.more_body

    def _wait(self) -> None:
        self._timer = self.loop.call_later(HEAD_WITHIN_S, self._too_late)

    def _wait_no_more(self) -> None:
        self._heard = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_late(self) -> None:
        """Whoever has said nothing is told nothing: browsers open connections that they may need."""
        if not self._awaits_head():
            return
        if self._heard and not self._has_answered():
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _refuse(self, status: HTTPStatus) -> None:
        line = f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        self.transport.write(line.encode())
        self.transport.close()


class PatientProtocol(Patience, AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # uvicorn picks httptools or h11
    """What the server speaks."""


class PatientWebSocket(Heard, WebSocketsSansIOProtocol):
    """What is spoken after an upgrade."""
