"""A small real edge: an HTTP server that asks an origin, and keeps what its part, an edge cache, says is to be kept.

`PURGE /?tag=...` drops the copies with a tag. Lifetimes come from the origin's `cache-control` (RFC 9111, RFC 5861),
tags from its `cache-tag`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any
from urllib.parse import parse_qs, urlsplit

from twitterlab.parts.edge_cache import FETCH_TIMEOUT_MS, EdgeCache, Fetch, Join, Response, Serve, Share
from twitterlab.stage.regional.live.envoy.http_client import Client, Lost, Reply
from twitterlab.stage.regional.live.envoy.http_server import Answer, Request
from twitterlab.world.live import stopwatch_ns

PURGE = "PURGE"
OK = 200
ATTEMPTS = 3
"""How often one asks again whose answer was overtaken by a purge, before it asks the origin for itself."""
BAD_GATEWAY = Answer(502, b"the origin does not answer")
PASSED_ON = ("cookie",)
_Told = tuple[Share, Answer]


class EdgeServer:
    """One edge before the origin at `port`. What the part raises is kept in `broken`: readers see a 500."""

    def __init__(self, cache: EdgeCache, port: int) -> None:
        self._cache, self._port = cache, port
        self._client = Client()
        self._joined: dict[int, list[asyncio.Future[_Told]]] = {}
        self._tasks: set[asyncio.Task[Answer]] = set()
        self.broken: list[BaseException] = []

    async def handle(self, request: Request) -> Answer:
        """A reader's request, or a purge."""
        try:
            return await self._handled(request)
        except Exception as broken:
            self.broken.append(broken)
            return Answer(500)

    async def _handled(self, request: Request) -> Answer:
        if request.method == PURGE:
            for tag in parse_qs(urlsplit(request.path).query)["tag"]:
                self._cache.purge(tag, _now_ms())
            return Answer(OK)
        for _ in range(ATTEMPTS):
            match self._cache.ask(request.path, _now_ms()):
                case Serve(body, age_ms, ticket):
                    if ticket is not None:
                        self._spawn(self._fetch(ticket, request))
                    return Answer(OK, body, (("age", str(age_ms // 1_000)),))
                case Fetch(ticket):
                    return await asyncio.shield(self._spawn(self._fetch(ticket, request)))
                case Join(ticket):
                    share, answer = await self._join(ticket)
                    if share is Share.ALL:
                        return answer
                    if share is Share.NOBODY:
                        break
        return await self._alone(request)

    def check(self) -> None:
        """Raise what the part has raised first."""
        if self.broken:
            raise self.broken[0]

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._client.close()

    async def _join(self, ticket: int) -> _Told:
        """What the fetch brings, and whether it is for who joined. One that does not come back is not waited for."""
        waiter: asyncio.Future[_Told] = asyncio.get_running_loop().create_future()
        self._joined.setdefault(ticket, []).append(waiter)
        try:
            async with asyncio.timeout(FETCH_TIMEOUT_MS / 1_000):
                return await waiter
        except TimeoutError:
            return Share.AGAIN, BAD_GATEWAY

    async def _fetch(self, ticket: int, request: Request) -> Answer:
        """Ask the origin, tell the part, tell who joined."""
        try:
            async with asyncio.timeout(FETCH_TIMEOUT_MS / 1_000):
                reply = await self._origin(request)
        except (Lost, TimeoutError):
            reply = None
        if reply is None or reply.status != OK:
            self._cache.failed(ticket, _now_ms())
            self._tell(ticket, (Share.ALL, BAD_GATEWAY))
            return BAD_GATEWAY
        answer = Answer(OK, reply.body)
        share = self._cache.answer(ticket, response_of(reply), _now_ms())
        self._tell(ticket, (share, answer))
        return answer

    async def _alone(self, request: Request) -> Answer:
        """For this reader only."""
        try:
            reply = await self._origin(request)
        except Lost:
            return BAD_GATEWAY
        return Answer(reply.status, reply.body)

    async def _origin(self, request: Request) -> Reply:
        said = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        return await self._client.ask(self._port, request.path, headers=said)

    def _tell(self, ticket: int, told: _Told) -> None:
        for waiter in self._joined.pop(ticket, ()):
            if not waiter.done():
                waiter.set_result(told)

    def _spawn(self, work: Coroutine[Any, Any, Answer]) -> asyncio.Task[Answer]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: asyncio.Task[Answer]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (broken := task.exception()) is not None:
            self.broken.append(broken)


def response_of(reply: Reply) -> Response:
    """The origin's answer as the part knows it. What does not say how long it is good for is good for no time."""
    said = dict(_directive(word) for word in reply.headers.get("cache-control", "").split(","))
    tags = tuple(tag.strip() for tag in reply.headers.get("cache-tag", "").split(",") if tag.strip())
    is_private = "private" in said or "no-store" in said
    return Response(
        reply.body, _ms(said.get("max-age")), _ms(said.get("stale-while-revalidate")), tags, is_private
    )  # fmt: skip


def _directive(word: str) -> tuple[str, str]:
    name, _, value = word.strip().partition("=")
    return name.lower(), value


def _ms(seconds: str | None) -> int:
    return 1_000 * int(seconds) if seconds and seconds.isdecimal() else 0


def _now_ms() -> int:
    return stopwatch_ns() // 1_000_000
