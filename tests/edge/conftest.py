"""A platform behind the door, in process: every test gets a fresh one."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from solutions.week1.day1_snowflake import Snowflake
from solutions.week1.day2_schema import SocialSchema
from solutions.week1.day3_cache import AsideCache
from solutions.week1.day4_queue import FanoutQueue
from solutions.week1.day5_meter import LatencyMeter
from twitterlab.edge.accounts import Accounts
from twitterlab.edge.door import REQUESTS, Door
from twitterlab.edge.live import Live
from twitterlab.edge.metrics import Metrics
from twitterlab.edge.operations import Operations
from twitterlab.edge.xray import Xray
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.limits import RateLimits
from twitterlab.platform.platform import Platform
from twitterlab.stage.serving import watched
from twitterlab.storage.stores import open_stores
from twitterlab.world.fake_redis import fake_redis, fake_server
from twitterlab.world.live import LiveClock, LiveWorld

SOLVED = Blueprint(Snowflake, SocialSchema, AsideCache, FanoutQueue, LatencyMeter)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ORIGIN = "http://twitter.test"


class House:
    """The platform and browsers on it. `broker.connected = False` takes the cache and the event log away."""

    def __init__(self, platform: Platform, application: Any, clock: LiveClock, broker: Any) -> None:
        self.platform, self.application, self.clock, self.broker = platform, application, clock, broker

    def browser(self) -> httpx.AsyncClient:
        """Keeps cookies and says where it comes from, as browsers do."""
        transport = httpx.ASGITransport(self.application, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"Origin": ORIGIN})

    async def signed_up(self, handle: str) -> tuple[httpx.AsyncClient, str]:
        """A browser with a session, and the id of its person."""
        browser = self.browser()
        account = {"handle": handle, "name": handle.title(), "password": f"secret of {handle}"}
        answer = await browser.post("/api/accounts", json=account)
        assert answer.status_code == 201, answer.text
        return browser, answer.json()["person"]["id"]


@pytest.fixture
def visit(tmp_path) -> Callable[[Callable[[House], Awaitable[None]]], None]:
    """Runs a story against a fresh house."""

    def run(story: Callable[[House], Awaitable[None]], engine: str = "memory") -> None:
        async def main() -> None:
            world = LiveWorld(1, None)
            stores = open_stores(engine, tmp_path, SocialSchema())
            xray, broker = Xray(world.stopwatch_ns), fake_server()
            platform = watched(SOLVED, world, stores, fake_redis(broker), xray)
            tokens = itertools.count()
            accounts = Accounts(
                platform.client, stores.users, stores.credentials, world.clock, lambda: f"token-{next(tokens)}", CHEAP
            )
            metrics = Metrics(world.stopwatch_ns)
            more = (*Live(platform.feed, accounts).routes(), *Operations(platform, metrics).routes())
            limits = RateLimits(world.clock, REQUESTS)
            door = Door(platform.client, accounts, stores.media, world.clock, limits, False, xray, more, metrics)
            try:
                await story(House(platform, door.application(), world.clock, broker))
            finally:
                await stores.close()

        asyncio.run(main())

    return run
