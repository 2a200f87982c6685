"""Serving: a week's system behind the door, on a port of this machine, with its worker beside it."""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette

from twitterlab.edge.accounts import Accounts
from twitterlab.edge.door import REQUESTS, Door
from twitterlab.edge.live import OPEN_AT_MOST, Live
from twitterlab.edge.metrics import Metrics
from twitterlab.edge.operations import Operations
from twitterlab.edge.pages import pages
from twitterlab.edge.xray import Xray
from twitterlab.errors import BadInput
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.limits import LIMITS, Limit, RateLimits
from twitterlab.platform.platform import Platform
from twitterlab.stage.demo import Crowd
from twitterlab.storage.alternatives import rerouted
from twitterlab.storage.engines import DEFAULT, open_engine
from twitterlab.storage.stores import Stores
from twitterlab.world.live import LiveWorld

if TYPE_CHECKING:
    import uvicorn

log = logging.getLogger(__name__)
ACTS_AT_FIRST = 1_500
AGAIN_MS = 1_000
TOKEN_BYTES = 32
SPARE_FILES = 1_000
"""Open files beside live connections: requests, stores, logs."""
END_LIVE = "end_live"
"""Where an application keeps what ends its live connections, for the server that serves it."""
ANALYTICS: Mapping[str, str] = MappingProxyType({"analytics": "sqlite"})
"""Who is served can look at what they do, whatever the engine."""
NO_PORTS = ("engine", "copies", "failovers", "replicated", "_close", "_ping")
"""What `Stores` holds beside ports."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What `serve` was asked for. `demo` people move in first; `folder` keeps what is written (None: nothing is kept).
    `proxies`: addresses and networks, separated by commas, whose word about a client's address and scheme is taken.
    `each`: of every service of a split system so many processes."""

    engine: str = DEFAULT
    host: str = "127.0.0.1"
    port: int = 8000
    folder: Path | None = None
    demo: int = 0
    acts_per_s: float = 2.0
    seed: int = 1
    places: Mapping[str, str] = field(default_factory=dict)
    proxies: str = ""
    each: int = 1


async def serve(blueprint: Blueprint, options: Serving, say: Callable[[str], None]) -> None:
    """Serve until interrupted. BadInput for a port that is taken or an engine that is not there."""
    async with AsyncExitStack() as stack:
        world = LiveWorld(options.seed)
        stores, redis = await stack.enter_async_context(open_engine(options.engine, options.folder, blueprint.schema()))
        await stack.enter_async_context(rerouted(stores, options.folder, {**ANALYTICS, **options.places}))
        xray = Xray(world.stopwatch_ns)
        platform = watched(blueprint, world, stores, redis, xray)
        listening = bound(options.host, options.port)
        stop = asyncio.Event()
        lives = [worker(platform, stop)]
        if options.demo:
            say(f"{options.demo:,} people are moving in ...")
            lives.append(await _crowd(platform, world, options, stop))
        jobs = [asyncio.create_task(life) for life in lives]
        host, port = listening.getsockname()[:2]
        say(f"http://{host}:{port}   ({stores.engine}; Ctrl-C ends it)")
        try:
            await server(application(platform, world, xray), options.proxies).serve(sockets=[listening])
        finally:
            stop.set()
            await asyncio.gather(*jobs, return_exceptions=True)


def server(application: Starlette, proxies: str = "") -> uvicorn.Server:
    """What speaks HTTP for it, with a bound on everything that a client may keep waiting. Only `proxies` are believed
    about whom they speak for: anybody can write X-Forwarded-For, and limits go by address."""
    import uvicorn

    from twitterlab.edge.patience import PatientProtocol, PatientServer, PatientWebSocket

    _allow_files(OPEN_AT_MOST + SPARE_FILES)
    return PatientServer(
        uvicorn.Config(
            application,
            log_level="warning",
            lifespan="off",
            http=PatientProtocol,
            ws=PatientWebSocket,
            ws_max_size=4_096,
            ws_per_message_deflate=False,  # an event is a hundred bytes: no compressors for each connection
            server_header=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies or None,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=5,
        ),
        getattr(application.state, END_LIVE, lambda: None),
    )


def _allow_files(count: int) -> None:
    """As many open files as live connections may need, as far as the system allows it to who is not root."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def watched(
    blueprint: Blueprint,
    world: LiveWorld,
    stores: Stores,
    redis: Any,
    xray: Xray,
    limits: Mapping[str, Limit] = LIMITS,
    **more: Any,
) -> Platform:
    """A platform whose stores and parts leave spans."""
    for port in fields(stores):
        found = getattr(stores, port.name)
        if port.name not in NO_PORTS and not port.name.startswith("_") and found is not None:
            setattr(stores, port.name, xray.watch(port.name, found))
    traced = replace(
        blueprint,
        snowflake=lambda machine: xray.watch("snowflake", blueprint.snowflake(machine)),
        cache=lambda *given: xray.cache(blueprint.cache(*given)),
    )
    platform = Platform(traced, world, stores, redis, worker=f"worker-{world.clock.now_ms():x}", limits=limits, **more)
    platform.fanout = xray.deliveries(platform.fanout)
    return platform


def application(
    platform: Platform,
    world: LiveWorld,
    xray: Xray | None = None,
    is_secure: bool = False,
    limits: Mapping[str, Limit] = REQUESTS,
) -> Starlette:
    """The ASGI application of one platform."""
    stores, clock = platform.stores, world.clock
    accounts = Accounts(platform.client, stores.users, stores.credentials, clock, _token)
    live = Live(platform.feed, accounts)
    metrics = Metrics(world.stopwatch_ns)
    more = (*live.routes(), *Operations(platform, metrics).routes(), *pages())
    counted = RateLimits(clock, limits)
    door = Door(platform.client, accounts, stores.media, clock, counted, is_secure, xray, more, metrics)
    found = door.application()
    setattr(found.state, END_LIVE, platform.feed.end)
    return found


async def worker(platform: Platform, stop: asyncio.Event) -> None:
    """The background worker. A part that breaks is logged, and tried again after a moment."""
    while not stop.is_set():
        try:
            await platform.run(stop)
        except Exception:
            log.exception("the worker broke; it goes on in %d ms", AGAIN_MS)
            await asyncio.sleep(AGAIN_MS / 1000)


async def _crowd(
    platform: Platform, world: LiveWorld, options: Serving, stop: asyncio.Event
) -> Coroutine[Any, Any, None]:
    """Everybody is there and has a past; what is returned is their life from now on."""
    crowd = Crowd(platform, world, options.demo)
    await crowd.move_in()
    for _ in range(ACTS_AT_FIRST):
        await crowd.act()
    await platform.drain()
    return crowd.live(stop, options.acts_per_s)


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there. BadInput for a port that is taken. It is TCP by name: asyncio turns Nagle's algorithm
    off for no other, and then an answer in two packets waits 40 ms for an acknowledgement."""
    from twitterlab.edge.patience import bound_silence

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound_silence(listening)
    try:
        listening.bind((host, port))
        listening.listen()
        return listening
    except OSError as error:
        listening.close()
        raise BadInput(f"cannot listen on {host}:{port}: {error.strerror}", "Choose another one with --port.") from None


def _token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)
