"""Lab f on real servers: Envoy's two HTTP caches beside the part in a small edge server, each before its own origin;
and nginx's, where there is one on PATH.

Real are the sockets, the origins (processes of their own), Envoy and nginx. The edge server is ours, and runs in the process
that asks, which its latencies pay for.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from twitterlab.bench.finding import Finding
from twitterlab.parts.blueprint import Blueprint
from twitterlab.servers.envoy import ENVOY
from twitterlab.stage.options import LabOptions
from twitterlab.stage.regional.live.envoy import cache_figures, nginx_process
from twitterlab.stage.regional.live.envoy import cache_trials as trials
from twitterlab.stage.regional.live.envoy.cache_figures import Measured
from twitterlab.stage.regional.live.envoy.cache_trials import AGED_MS, CLOCK, STALE_S, TTL_S, Front, Traffic
from twitterlab.stage.regional.live.envoy.child import Child
from twitterlab.stage.regional.live.envoy.edge_server import EdgeServer
from twitterlab.stage.regional.live.envoy.http_client import Client
from twitterlab.stage.regional.live.envoy.http_server import listen, port_of
from twitterlab.stage.regional.live.envoy.nginx_process import NGINX
from twitterlab.stage.regional.live.envoy.open_files import connections
from twitterlab.stage.regional.live.envoy.poisson import poisson
from twitterlab.stage.regional.live.envoy.process import running, typed
from twitterlab.stage.regional.run import Progress
from twitterlab.world.chance import SeededChance
from twitterlab.world.live import stopwatch_ns

CAPACITY = 500
PER_S, SECONDS, LEAST_SECONDS = 300.0, 20.0, 2.0
READERS = 1_000
"""Who ask at once in a stampede. Each has a connection, of which our process has both ends where the edge is ours,
and a third to the origin where the edge does not coalesce."""
ENDS = 3


def run(blueprint: Blueprint, options: LabOptions, progress: Progress) -> Finding:
    """The same readers before three caches. BadInput without Envoy."""
    ENVOY.need()
    readers = min(READERS, connections(ENDS * READERS) // ENDS)
    seconds = max(LEAST_SECONDS, options.seconds or SECONDS)
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="twitterlab-caches-")))
        origins = [opened.enter_context(_origin(folder / name)) for name in ("part", "v1", "v2")]
        first = opened.enter_context(running([origins[1].port], _cluster(), filters=[_cache()]))
        second = opened.enter_context(running([origins[2].port], _cluster(), filters=[_cache("_v2", "V2")]))
        others = [Front("envoy", first.port, origins[1]), Front("envoy_v2", second.port, origins[2])]
        if NGINX.find() is not None:
            behind = opened.enter_context(_origin(folder / "nginx"))
            others.append(Front("nginx", opened.enter_context(nginx_process.running(behind.port)), behind))
        measured = asyncio.run(_go(blueprint, origins[0], others, readers, seconds, options.seed, progress))
    return cache_figures.finding(measured)


@contextmanager
def _origin(folder: Path) -> Iterator[Child]:
    child = Child("origin", folder, {"ttl_s": TTL_S, "stale_s": STALE_S})
    try:
        child.start()
        yield child
    finally:
        child.stop()


async def _go(
    blueprint: Blueprint,
    origin: Child,
    others: Sequence[Front],
    readers: int,
    seconds: float,
    seed: int,
    progress: Progress,
) -> list[Measured]:
    edge, client = EdgeServer(blueprint.edge_cache(CAPACITY), origin.port), Client()
    server = await listen(edge.handle)
    try:
        fronts = [Front("part", port_of(server), origin, has_purge=True), *others]
        return await _measure(client, fronts, edge.check, readers, seconds, seed, progress)
    finally:
        client.close()
        server.close()
        await edge.close()


async def _measure(
    client: Client,
    fronts: Sequence[Front],
    check: Callable[[], None],
    readers: int,
    seconds: float,
    seed: int,
    progress: Progress,
) -> list[Measured]:
    """One trial after the other; traffic and races before all caches at once, stampedes one at a time. `check` raises
    what the part has raised."""
    found = [Measured(front.name) for front in fronts]
    due_ns = poisson(SeededChance(seed, "edge"), PER_S, seconds)
    for one, traffic in zip(found, await _flow(client, fronts, check, due_ns, seed, progress), strict=True):
        one.traffic = traffic
    for one, front in zip(found, fronts, strict=True):
        one.cold = await trials.stampede(client, front, "/star", readers)
        progress(0.5)
    await asyncio.gather(*(trials.ask(client, front.port, f"/aged?ms={trials.STAR_MS}") for front in fronts))
    await CLOCK.sleep_ms(AGED_MS)
    for one, front in zip(found, fronts, strict=True):
        one.aged = await trials.stampede(client, front, "/aged", readers)
        progress(0.7)
    for one, race in zip(found, await asyncio.gather(*(trials.races(client, front) for front in fronts)), strict=True):
        one.race = race
    progress(0.85)
    for one, front in zip(found, fronts, strict=True):
        one.private = await trials.private(client, front)
    await asyncio.gather(*(trials.kept(client, front) for front in fronts))
    await CLOCK.sleep_ms(AGED_MS)
    for one, front in zip(found, fronts, strict=True):
        await asyncio.to_thread(front.origin.kill)
        one.served_while_down = await trials.served_while_down(client, front)
    check()
    progress(1.0)
    return found


async def _flow(
    client: Client,
    fronts: Sequence[Front],
    check: Callable[[], None],
    due_ns: Sequence[int],
    seed: int,
    progress: Progress,
) -> list[Traffic]:
    """The same readers and writers before all caches at once."""
    started_ns = stopwatch_ns() + 50_000_000
    due = [started_ns + at_ns for at_ns in due_ns]
    flow = asyncio.gather(
        *(trials.traffic(client, front, due, lambda stream: SeededChance(seed, stream)) for front in fronts)
    )
    try:
        while not flow.done():
            await asyncio.wait([flow], timeout=1.0)
            check()
            progress(0.4 * min(1.0, (stopwatch_ns() - started_ns) / max(1, due_ns[-1])))
        return flow.result()
    finally:
        flow.cancel()
        await asyncio.gather(flow, return_exceptions=True)


def _cache(version: str = "", config: str = "") -> dict[str, Any]:
    """Envoy's cache filter, or the one that came after it, with the store in memory that comes with it."""
    store = {
        "@type": f"type.googleapis.com/envoy.extensions.http.cache{version}.simple_http_cache.v3.SimpleHttpCache{config}Config"
    }
    return typed(
        f"envoy.filters.http.cache{version}", f"extensions.filters.http.cache{version}.v3.Cache{config}Config",
        typed_config=store,
    )  # fmt: skip


def _cluster() -> dict[str, Any]:
    """No limit that a stampede meets."""
    most = {"max_connections": 4_096, "max_pending_requests": 4_096, "max_requests": 4_096}
    return {"circuit_breakers": {"thresholds": [most]}}
