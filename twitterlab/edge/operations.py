"""Operations: what those who run a process ask it. Is it alive, may it be sent people, what does it count.

`/health` touches nothing: a process that cannot answer it is to be started anew. `/ready` asks every store that a
request may need; a process that fails it is left alone until it does not. `/metrics` is for Prometheus.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from redis import RedisError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from twitterlab.edge import problems
from twitterlab.edge.metrics import CONTENT_TYPE, Figure, Metrics
from twitterlab.errors import Failure
from twitterlab.platform.platform import Platform

ANSWERS_WITHIN_S = 2.0
MOST_COUNTED = 1_000
"""Outbox events that are counted; more are reported as this many."""
FRESH = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Operations:
    """What the answers are read from."""

    platform: Platform
    metrics: Metrics

    def routes(self) -> tuple[BaseRoute, ...]:
        """Routes that need no session and tell nothing about anybody."""
        return (Route("/health", _health), Route("/ready", self._ready), Route("/metrics", self._metrics))

    async def _ready(self, request: Request) -> Response:
        names, works = zip(*self._needed(), strict=True)
        found = await asyncio.gather(*map(_answers, works))
        checks = {name: "ok" if is_there else "away" for name, is_there in zip(names, found, strict=True)}
        if all(found):
            raw = msgspec.json.encode({"status": "ready", "checks": checks})
            return Response(raw, headers=FRESH, media_type="application/json")
        away = ", ".join(name for name, answer in checks.items() if answer != "ok")
        return problems.response(problems.answer("unavailable", f"not there: {away}", request.url.path))

    def _needed(self) -> Iterator[tuple[str, Awaitable[Any]]]:
        stores = self.platform.stores
        yield "rows", stores.ping()
        yield "event log", self.platform.backlog()
        if stores.copies is not None:
            yield "cache", stores.copies.ping()

    async def _metrics(self, request: Request) -> Response:
        return Response(self.metrics.text(await self._work()), headers=FRESH, media_type=CONTENT_TYPE)

    async def _work(self) -> list[Figure]:
        """A store that is away has no backlog to show: its figure is left out, and `/ready` says why."""
        platform = self.platform
        figures = [
            Figure("live_connections", "gauge", "Open WebSockets and event streams.", platform.feed.listening),
            Figure(
                "deliveries_total",
                "counter",
                "Timeline entries that this process delivered.",
                platform.fanout.delivered,
            ),
        ]
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                waiting, pending = await platform.backlog(), await platform.stores.outbox.pending(MOST_COUNTED)
        except (RedisError, OSError, Failure):
            return figures
        figures.append(
            Figure("fanout_backlog_events", "gauge", "Events in the stream that no worker finished.", waiting)
        )
        figures.append(
            Figure("outbox_backlog_events", "gauge", "Committed events not yet in the stream.", len(pending))
        )
        return figures


async def _health(request: Request) -> Response:
    return Response(b'{"status":"ok"}', headers=FRESH, media_type="application/json")


async def _answers(work: Awaitable[Any]) -> bool:
    """Whether it comes to an end in time, without a failure of the store."""
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            await work
    except (RedisError, OSError, Failure):
        return False
    return True
