"""Joining: one API process of several, on servers that somebody else runs.

All of them are alike: each answers people and works on the event log. They differ by `TWITTERLAB_MACHINE`, the number
that is in every id they make; where it is not set, the number at the end of the host's name is taken, as a StatefulSet
of Kubernetes gives it.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack

from twitterlab.edge.xray import Xray
from twitterlab.errors import BadInput
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.broadcast import Broadcast, SharedFeed, SharedTrends
from twitterlab.stage.serving import Serving, application, bound, server, watched, worker
from twitterlab.storage.alternatives import rerouted
from twitterlab.storage.joined import addresses, join
from twitterlab.world.live import LiveWorld

MACHINE, MACHINES = "TWITTERLAB_MACHINE", 1_024
"""A Snowflake has ten bits for it."""


def machine(environment: Mapping[str, str], host: str) -> int:
    """This process's number, which no other of the system may have. BadInput where nothing tells it."""
    told = environment.get(MACHINE) or next(iter(re.findall(r"-([0-9]+)$", host)), "")
    if not told.isdigit() or not int(told) < MACHINES:
        raise BadInput(f"{MACHINE} is not set", f"Give each process another number from 0 to {MACHINES - 1}.")
    return int(told)


async def serve_joined(blueprint: Blueprint, options: Serving, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or Ctrl-C: what is being answered is answered first."""
    at, number = addresses(os.environ), machine(os.environ, socket.gethostname())
    async with AsyncExitStack() as stack:
        world = LiveWorld(options.seed)
        stores, redis = await stack.enter_async_context(join(at, options.folder))
        await stack.enter_async_context(rerouted(stores, options.folder, options.places))
        xray, broadcast, stop = Xray(world.stopwatch_ns), Broadcast(redis), asyncio.Event()
        platform = watched(
            blueprint, world, stores, redis, xray, machine=number, trends=SharedTrends(broadcast),
            feed=SharedFeed(f"{world.clock.now_ms():x}-{number}", broadcast),
        )  # fmt: skip
        listening = bound(options.host, options.port)
        hearing = asyncio.create_task(broadcast.run(), name="broadcast")
        working = asyncio.create_task(worker(platform, stop), name="worker")
        host, port = listening.getsockname()[:2]
        say(f"http://{host}:{port}   (machine {number}, {stores.engine}; SIGTERM ends it)")
        try:
            await server(application(platform, world, xray), options.proxies).serve(sockets=[listening])
        finally:
            stop.set()
            hearing.cancel()
            await asyncio.gather(working, hearing, return_exceptions=True)
