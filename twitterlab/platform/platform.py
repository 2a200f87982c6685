"""The platform: the parts of a blueprint, plugged into the services around them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any

from redis import RedisError

from twitterlab.errors import Failure
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.queue import QueuePolicy
from twitterlab.platform.fanout import Fanout
from twitterlab.platform.feed import Feed
from twitterlab.platform.gateway import Gateway
from twitterlab.platform.ids import Ids
from twitterlab.platform.inbox import Inbox
from twitterlab.platform.limits import LIMITS, Limit, RateLimits
from twitterlab.platform.people import People
from twitterlab.platform.timelines import HomeTimelines
from twitterlab.platform.trends import Trends
from twitterlab.platform.writing import Writer
from twitterlab.storage.stores import Stores
from twitterlab.world.cancellation import heed_cancellation
from twitterlab.world.world import World

IDLE_MS = 5
OUTAGE_MS = 100
"""How long the worker waits before it asks a Redis that was down again."""
LOOK_EVERY_MS = 100
"""How long a failover may go unnoticed."""
POLICY = QueuePolicy()


class Platform:
    """One machine: a gateway for people and a worker for the queue.

    `redis` is a `redis.asyncio.Redis` without response decoding. A restarted worker needs a new
    `worker` name. `stores` were opened by the caller with the blueprint's schema, who closes them.
    """

    def __init__(
        self,
        blueprint: Blueprint,
        world: World,
        stores: Stores,
        redis: Any,
        policy: QueuePolicy = POLICY,
        machine: int = 0,
        worker: str = "worker-0",
        limits: Mapping[str, Limit] = LIMITS,
        readers: Executor | None = None,
        feed: Feed | None = None,
        trends: Trends | None = None,
    ) -> None:
        clock = world.clock
        self.stores = stores
        self.meter = blueprint.meter()
        copies = redis if stores.copies is None else stores.copies
        self.cache = blueprint.cache(copies, clock, world.chance(f"cache/{worker}"))
        self.queue = blueprint.queue(redis, clock, world.chance(f"queue/{worker}"), policy, worker)
        trends = Trends() if trends is None else trends
        self.feed = Feed(f"{clock.now_ms():x}-{machine}") if feed is None else feed
        self.fanout = Fanout(stores, self.cache, trends, clock, self.feed)
        self.timelines = HomeTimelines(stores, self.cache)
        ids = Ids(blueprint.snowflake(machine), clock)
        people = People(stores, ids, clock, self.timelines)
        writer = Writer(stores, redis, ids, clock, people, self.timelines)
        self.batched = None
        if stores.batches is not None:
            from twitterlab.platform.batched import Batched

            self.batched = Batched(stores, ids, clock, self.timelines, writer, readers)
        inbox = Inbox(stores, ids, clock, people, self.feed)
        self.limits = RateLimits(clock, limits)
        self.client = Gateway(
            stores,
            clock,
            world.stopwatch_ns,
            self.meter,
            people,
            writer,
            self.timelines,
            inbox,
            trends,
            self.limits,
            self.batched,
        )
        self._clock, self._policy, self._redis = clock, policy, redis
        self._looked_ms = -LOOK_EVERY_MS

    async def step(self) -> int:
        """One round of relay and work: how many events moved or were finished. No round while the copies cannot be
        reached or rows not be written: an outage is no fault of an event, and must not make a dead letter of it."""
        if self.fanout.is_cut_off:
            await self.stores.ping()
            self.fanout.resume()
        if self.stores.copies is not None:
            await self.stores.copies.ping()
        await self._follow_failovers()
        moved = await self.queue.relay(self.stores.outbox)
        try:
            return moved + await self.queue.work(self.fanout) + self._large()
        finally:
            await self.fanout.tell(self.stores.outbox)

    async def _follow_failovers(self) -> None:
        """Relay again what was on its way where a server has been replaced by one that may not have heard of it."""
        now_ms = self._clock.now_ms()
        if self.stores.failovers is None or now_ms < self._looked_ms + LOOK_EVERY_MS:
            return
        if await self.stores.failovers.happened():
            await self.stores.outbox.again()
        self._looked_ms = now_ms

    async def drain(self) -> None:
        """Steps until nothing has moved for as long as the longest wait a retry may take."""
        quiet_ms = 0
        while quiet_ms <= self._policy.max_backoff_ms:
            if await self.step():
                quiet_ms = 0
                continue
            if not await self.stores.outbox.pending(1) and not await self._waiting():
                return
            await self._clock.sleep_ms(IDLE_MS)
            quiet_ms += IDLE_MS

    async def run(self, stop: asyncio.Event) -> None:
        """The background worker, until `stop` is set. While Redis or the disk is down the outbox keeps what happens."""
        while not stop.is_set():
            try:
                moved = await self.step()
            except (RedisError, OSError, Failure):
                heed_cancellation()
                await self._clock.sleep_ms(OUTAGE_MS)
                continue
            if not moved or self.batched is not None:
                await self._clock.sleep_ms(0 if moved else IDLE_MS)

    def _large(self) -> int:
        """A slice of what accounts with many followers posted in batches: it comes after everybody else's."""
        delivered = 0 if self.batched is None else self.batched.fan_out_large()
        self.fanout.delivered += delivered
        return delivered

    async def backlog(self) -> int:
        """Events in the stream that no worker has finished."""
        return int(await self._redis.xlen(self._policy.stream))

    async def _waiting(self) -> bool:
        """Whether the stream holds what no group has read, or what a group has read and not acknowledged."""
        stream = self._policy.stream
        if not await self._redis.xlen(stream):
            return False
        for group in await self._redis.xinfo_groups(stream):
            if group["pending"]:
                return True
            last = group["last-delivered-id"].decode()
            if await self._redis.xrange(stream, f"({last}", "+", count=1):
                return True
        return False
