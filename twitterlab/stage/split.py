"""`serve --split`: every service a process of its own, or several, behind the gateway and the `balancer` part.

The gateway speaks HTTP and WebSocket, knows who is signed in, and asks the services over sockets in a folder that only
we may enter. A service that dies takes its features with it and nothing else, and is started anew by the family's
parent. The first process of the timeline service has the worker: while it is away the outbox keeps what happens.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

from twitterlab.errors import BadInput, Failure
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.balanced import Crew, names_of
from twitterlab.platform.client import Client
from twitterlab.platform.remote import RemoteServer
from twitterlab.platform.services import SERVICES, Answering, SplitClient
from twitterlab.servers.family import Family
from twitterlab.stage.demo import Crowd
from twitterlab.stage.serving import ACTS_AT_FIRST, Serving, application, bound, server, worker
from twitterlab.stage.several import Member, Running, main
from twitterlab.storage.alternatives import check_shared
from twitterlab.storage.shared import open_shared

GATEWAY, CROWD, WORKS = "gateway", "crowd", "timeline"
MOVED_IN = "moved-in"
LONGEST_PATH = 103


def serve_split(blueprint: Blueprint, options: Serving, say: Callable[[str], None]) -> None:
    """Serve until interrupted. BadInput as `serve` has it, and for an engine that belongs to one process."""
    check_shared(options.places)
    listening = bound(options.host, options.port)
    with open_shared(options.engine, options.folder) as shared:
        place = shared.scratch
        lives: dict[str, Callable[[Member, Running], Any]] = {GATEWAY: partial(_gateway, place, listening)}
        for service in SERVICES:
            for number, name in enumerate(names_of(service, options.each)):
                socket_path(place, name)
                lives[name] = partial(_service, place, service, service == WORKS and number == 0)
        if options.demo:
            lives[CROWD] = partial(_crowd, place)
        members = (Member(name, number, blueprint, shared, options, say) for number, name in enumerate(lives))
        Family({member.name: main(member, lives[member.name]) for member in members}, say).run()


def socket_path(place: Path, name: str) -> str:
    """Where a service listens. BadInput for a path longer than a socket's address may be (unix(7))."""
    path = str(place / name)
    if len(path.encode()) > LONGEST_PATH:
        raise BadInput(f"{path} is too long a name for a socket", "Set TMPDIR to a folder with a shorter one.")
    return path


async def _service(place: Path, service: str, has_worker: bool, member: Member, process: Running) -> None:
    """One process of a service, and the worker where it is the one that has it."""
    methods = RemoteServer(Answering(process.platform), SERVICES[service], process.hops)
    async with methods.listening(socket_path(place, member.name)):
        if has_worker:
            await worker(process.platform, asyncio.Event())
        await asyncio.Event().wait()


async def _gateway(place: Path, listening: Any, member: Member, process: Running) -> None:
    client = SplitClient(partial(socket_path, place), process.hops, _crew(member, process))
    platform = process.platform
    platform.client = cast(Any, client)
    host, port = listening.getsockname()[:2]
    member.say(f"http://{host}:{port}   ({platform.stores.engine}; {_how_many(member.options.each)}; Ctrl-C ends it)")
    await server(application(platform, process.world, process.hops), member.options.proxies).serve([listening])
    await client.close()


def _how_many(each: int) -> str:
    return f"{len(SERVICES)} services" + (f", {each} processes each" if each > 1 else "")


def _crew(member: Member, process: Running) -> Crew:
    """Whoever asks services has a balancer of its own."""
    return Crew(
        member.options.each, member.blueprint.balancer, process.world.chance(f"balancer/{member.name}"),
        process.world.stopwatch_ns,
    )  # fmt: skip


async def _crowd(place: Path, member: Member, process: Running) -> None:
    """People who live in it. They move in once: a crowd that was killed is not replaced by another."""
    marker = place / MOVED_IN
    if marker.exists():
        await asyncio.Event().wait()
    marker.touch()
    client = cast(Client, SplitClient(partial(socket_path, place), crew=_crew(member, process)))
    process.platform.client = cast(Any, client)
    await _until_there(client, process)
    crowd = Crowd(process.platform, process.world, member.options.demo)
    member.say(f"{member.options.demo:,} people are moving in ...")
    await crowd.move_in()
    for _ in range(ACTS_AT_FIRST):
        await crowd.act()
    member.say("they have moved in, and live")
    await crowd.live(asyncio.Event(), member.options.acts_per_s)


async def _until_there(client: Client, process: Running) -> None:
    """Every service answers."""
    while True:
        try:
            await client.people(0, [])
            await client.trends(1)
            await client.engagement(1)
            await client.unread(0)
            await client.tweets_of(0, 0)
            return
        except Failure:
            await process.world.clock.sleep_ms(50)
