"""The edge of a continent: answers public pages from its cache, and asks the origin once where it must."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

from twitterlab.errors import Failure, Refused
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.edge_cache import POPULAR_TTL_MS, TTL_MS, Fetch, Join, Response, Serve, Share
from twitterlab.platform.regional import costs
from twitterlab.platform.regional.layout import Layout
from twitterlab.platform.regional.router import Router
from twitterlab.world.node import Node

CAPACITY = 5_000
WARM_TRIES = 3
NS_PER_MS = 1_000_000


class EdgeMachine:
    """One start of one edge machine. `hits` were answered without the origin."""

    def __init__(
        self, node: Node, continent: str, layout: Layout, blueprint: Blueprint, gateway_per_s: float,
        capacity: int = CAPACITY,
    ) -> None:  # fmt: skip
        self._node = node
        self._cache = blueprint.edge_cache(capacity)
        self._origin = Router(node, blueprint, layout.gateways_in(layout.nearest(continent)), gateway_per_s)
        self._joined: dict[int, list[tuple[asyncio.Future[Any], bool]]] = {}
        self.asked = self.hits = self.fetched = 0
        node.serve("page", self._page)
        node.serve("purge", self._purge)
        node.serve("popular", self._warm)

    async def _page(self, author: int) -> Any:
        """The public page of `author`, at most as old as the cache's rules allow."""
        await self._node.spend(costs.ROUTE)
        self.asked += 1
        for is_again in (False, True):
            found = self._cache.ask(f"page/{author}", self._now_ms())
            if isinstance(found, Serve):
                self.hits += 1
                if found.ticket is not None:
                    self._node.spawn(self._refresh(found.ticket, author))
                return json.loads(found.body)
            if isinstance(found, Fetch):
                return await self._fetch(found.ticket, author)
            response = await self._join(found, is_again)
            if response is not None:
                self.hits += 1
                return json.loads(response.body)
        return (await self._origin.ask("page", author)).body

    async def _join(self, found: Join, is_again: bool) -> Response | None:
        """What the fetch brings; None: it is not for us, ask again. Who asks again joins a fetch that began after they
        came: its answer is theirs, whatever was purged meanwhile, so that purges do not send a crowd to the origin."""
        waiter: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._joined.setdefault(found.ticket, []).append((waiter, is_again))
        answer: Response | None = await waiter
        return answer

    async def _fetch(self, ticket: int, author: int) -> Any:
        self.fetched += 1
        try:
            page = (await self._origin.ask("page", author)).body
        except Failure as broken:
            self._cache.failed(ticket, self._now_ms())
            self._refuse(ticket, broken)
            raise
        is_popular = page[2]
        ttl_ms = POPULAR_TTL_MS if is_popular else TTL_MS
        response = Response(json.dumps(page).encode(), ttl_ms, tags=(f"user:{author}",))
        share = self._cache.answer(ticket, response, self._now_ms())
        if is_popular and share is Share.ALL:
            self._cache.warm(f"page/{author}", response, self._now_ms())
        self._tell(ticket, response, share)
        return page

    async def _refresh(self, ticket: int, author: int) -> None:
        try:
            await self._fetch(ticket, author)
        except Failure:
            return

    async def _warm(self, author: int) -> None:
        """One of their tweets has become popular: the page is fetched anew and kept, before anyone asks. Through a ticket,
        as any fetch, so that a purge overtakes it."""
        self._cache.purge(f"user:{author}", self._now_ms())
        for _ in range(WARM_TRIES):
            found = self._cache.ask(f"page/{author}", self._now_ms())
            if isinstance(found, Serve):
                return
            if isinstance(found, Fetch):
                await self._refresh(found.ticket, author)
            else:
                with suppress(Failure):
                    await self._join(found, is_again=True)

    def _tell(self, ticket: int, response: Response, share: Share) -> None:
        for waiter, is_again in self._joined.pop(ticket, ()):
            if not waiter.done():
                is_theirs = share is Share.ALL or (share is Share.AGAIN and is_again)
                waiter.set_result(response if is_theirs else None)

    def _refuse(self, ticket: int, broken: Failure) -> None:
        for waiter, _ in self._joined.pop(ticket, ()):
            if not waiter.done():
                waiter.set_exception(Refused(broken.reason, "unavailable"))

    def _purge(self, tags: list[str]) -> None:
        for tag in tags:
            self._cache.purge(tag, self._now_ms())

    def _now_ms(self) -> int:
        return self._node.stopwatch_ns() // NS_PER_MS
