"""Several processes of one system: what each of them starts with, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from twitterlab.edge.hops import Hops
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.queue import QueuePolicy
from twitterlab.platform.broadcast import Broadcast, SharedFeed, SharedTrends
from twitterlab.platform.platform import Platform
from twitterlab.stage.serving import ANALYTICS, Serving, watched
from twitterlab.storage.alternatives import rerouted
from twitterlab.storage.shared import Shared, connect
from twitterlab.world.live import LiveWorld

log = logging.getLogger(__name__)
LEASE_MS = 5_000
"""What a killed worker held is taken over after so long: it is started anew at once, so others need not be patient."""
POLICY = QueuePolicy(lease_ms=LEASE_MS)


@dataclass(frozen=True, slots=True)
class Member:
    """What one process needs to know. `machine` is its number in the ids it makes: no two have the same."""

    name: str
    machine: int
    blueprint: Blueprint
    shared: Shared
    options: Serving
    say: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Running:
    """One process at work."""

    platform: Platform
    world: LiveWorld
    hops: Hops


def main(member: Member, life: Callable[[Member, Running], Any]) -> Callable[[int], None]:
    """What a child of the family does: it lives until it is told to end, or finds its parent gone."""

    def run(lifeline: int) -> None:
        asyncio.run(_live(member, life, lifeline))

    return run


async def _live(member: Member, life: Callable[[Member, Running], Any], lifeline: int) -> None:
    loop = asyncio.get_running_loop()
    loop.add_reader(lifeline, os._exit, 1)
    async with running(member) as process:
        task = asyncio.ensure_future(life(member, process))
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            return


@asynccontextmanager
async def running(member: Member) -> AsyncIterator[Running]:
    """A platform of this process over what all share, with its ear at the broadcast."""
    world = LiveWorld(member.options.seed)
    stores, redis = connect(member.shared)
    copies = stores.copies
    broadcast = Broadcast(redis)
    hearing: asyncio.Task[None] | None = None
    try:
        async with rerouted(stores, member.shared.folder, {**ANALYTICS, **member.options.places}):
            hops = Hops(world.stopwatch_ns, broadcast)
            feed = SharedFeed(f"{world.clock.now_ms():x}-{member.machine}", broadcast)
            platform = watched(
                member.blueprint, world, stores, redis, hops,
                machine=member.machine, policy=POLICY, feed=feed, trends=SharedTrends(broadcast),
            )  # fmt: skip
            hearing = asyncio.create_task(broadcast.run(), name="broadcast")
            yield Running(platform, world, hops)
    finally:
        if hearing is not None:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
        await stores.close()
        for client in (redis, copies):
            await client.aclose()
