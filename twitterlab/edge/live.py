"""Live updates: the feed over a WebSocket, or over server-sent events where sockets do not pass.

An event says what has changed, the pages say how. Both ways start with `hello`, which names epoch and position;
a client that comes back names the last ones it saw and goes on from there.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import msgspec
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from twitterlab.edge import problems, reading
from twitterlab.edge.accounts import Accounts
from twitterlab.errors import Failure, Refused
from twitterlab.platform.feed import Feed, Happening, Listener

OPEN_AT_MOST = 10_000
OPEN_A_PERSON = 10
CHECK_EVERY_S = 30
"""How often a connection proves that its session is still open and, where nothing happens, that it is alive."""
SEND_WITHIN_S, FAREWELL_WITHIN_S = 20, 1
TOO_SLOW, SIGNED_OUT, TOO_MANY = 4008, 4001, 4029
"""Close codes of ours: come back later than at once, sign in, close another one first."""
STREAM = MappingProxyType({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
POSITION = re.compile(r"([0-9a-z-]{1,40}):([0-9]{1,18})")


@dataclass(slots=True)
class Live:
    """The open connections of one process."""

    feed: Feed
    accounts: Accounts
    open_by: Counter[int] = field(default_factory=Counter)

    def routes(self) -> tuple[BaseRoute, ...]:
        return (
            WebSocketRoute("/api/live", self._socket),
            Route("/api/live", _no_socket),
            Route("/api/live/events", self._events, methods=["GET"]),
        )

    async def _socket(self, socket: WebSocket) -> None:
        try:
            token = _token(socket)
            me = await self.accounts.whose(token)
            self._refuse_crowds(me)
        except Failure as failure:
            await socket.close(TOO_MANY if failure.reason == CROWDED else SIGNED_OUT)
            return
        listener = self._listen(me, socket.query_params.get("after", ""))
        try:
            await socket.accept()
            await self._talk(socket, listener, token)
        finally:
            self._leave(listener)

    async def _talk(self, socket: WebSocket, listener: Listener, token: str) -> None:
        """Send until either side ends it. What a client sends is read and thrown away."""
        reader = asyncio.create_task(_until_closed(socket), name="live: reader")
        writer = asyncio.create_task(self._send_all(socket, listener, token), name="live: writer")
        await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
        for task in (reader, writer):
            task.cancel()
        await asyncio.gather(reader, writer, return_exceptions=True)

    async def _send_all(self, socket: WebSocket, listener: Listener, token: str) -> None:
        code = 1000
        try:
            async for happenings in self._batches(listener, token):
                text = msgspec.json.encode([self._event(happening) for happening in happenings]).decode()
                async with asyncio.timeout(SEND_WITHIN_S):
                    await socket.send_text(text)
            code = TOO_SLOW if listener.was_too_slow else 1000
        except Refused:
            code = SIGNED_OUT
        except TimeoutError:
            code = TOO_SLOW
        with suppress(TimeoutError):  # who reads nothing does not read a farewell either
            async with asyncio.timeout(FAREWELL_WITHIN_S):
                await socket.close(code)

    async def _events(self, request: Request) -> Response:
        try:
            token = _token(request)
            me = await self.accounts.whose(token)
            after = request.headers.get("last-event-id", request.query_params.get("after", ""))
            self._refuse_crowds(me)
        except Failure as failure:
            return problems.response(problems.of_failure(failure, request.url.path))
        if request.method == "HEAD":
            return Response(headers=STREAM, media_type="text/event-stream")
        return StreamingResponse(self._lines(me, after, token), headers=STREAM, media_type="text/event-stream")

    async def _lines(self, me: int, after: str, token: str) -> AsyncIterator[bytes]:
        listener = self._listen(me, after)
        try:
            async for happenings in self._batches(listener, token):
                for happening in happenings:
                    data = msgspec.json.encode(self._event(happening)).decode()
                    yield f"id: {self.feed.epoch}:{happening.position}\ndata: {data}\n\n".encode()
                if not happenings:
                    yield b": still here\n\n"
        except Refused:
            return
        finally:
            self._leave(listener)

    async def _batches(self, listener: Listener, token: str) -> AsyncIterator[list[Happening]]:
        """`hello`, then what happens; an empty batch now and then, after the session was checked again."""
        yield [Happening("hello", 0, 0, listener.position), *listener.ready()]
        loop = asyncio.get_running_loop()
        checked_s = loop.time()
        while not listener.is_closed:
            happenings = []
            try:
                async with asyncio.timeout_at(checked_s + CHECK_EVERY_S):
                    happenings.append(await anext(listener))
            except TimeoutError:
                pass
            except StopAsyncIteration:
                return
            if loop.time() >= checked_s + CHECK_EVERY_S:  # however much happens
                await self.accounts.whose(token)
                checked_s = loop.time()
            yield [*happenings, *listener.ready()]

    def _refuse_crowds(self, me: int) -> None:
        if self.feed.listening >= OPEN_AT_MOST or self.open_by[me] >= OPEN_A_PERSON:
            raise Refused(CROWDED, "unavailable")

    def _listen(self, me: int, after: str) -> Listener:
        seen = POSITION.fullmatch(after)
        listener = self.feed.listen(me, seen[1], int(seen[2])) if seen else self.feed.listen(me)
        self.open_by[me] += 1
        return listener

    def _leave(self, listener: Listener) -> None:
        self.feed.leave(listener)
        self.open_by[listener.user_id] -= 1
        if not self.open_by[listener.user_id]:
            del self.open_by[listener.user_id]

    def _event(self, happening: Happening) -> dict[str, Any]:
        event: dict[str, Any] = {"event": happening.kind, "after": f"{self.feed.epoch}:{happening.position}"}
        if happening.subject_id:
            event |= {"id": str(happening.subject_id), "by": str(happening.by)}
        return event


CROWDED = "too many live connections are open"


def _token(connection: HTTPConnection) -> str:
    """Header, or the cookie of a page of ours: browsers send cookies along with anybody's socket."""
    scheme, _, given = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return given.strip()
    if not reading.is_from_our_page(connection):
        raise Refused("this connection comes from another site's page", "forbidden")
    return connection.cookies.get(reading.COOKIE, "")


async def _no_socket(request: Request) -> Response:
    """Whoever asks without the handshake is told how."""
    answer = problems.answer("upgrade", "this is a WebSocket", request.url.path, {"Upgrade": "websocket"})
    return problems.response(answer, {"Connection": "Upgrade"})


async def _until_closed(socket: WebSocket) -> None:
    try:
        while True:
            await socket.receive_text()
    except (WebSocketDisconnect, KeyError, RuntimeError):
        return
