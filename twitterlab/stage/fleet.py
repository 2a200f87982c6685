"""`serve --processes N`: the same API process many times over what all share, and one worker beside them.

Without Envoy they take turns at one port, as the kernel gives connections out. With `--envoy` each has a port of its
own behind a load balancer with a cache, which keeps a session with one process, and sends nobody to one that is not
ready. What lives in a process (traces, rate limits, a resumed feed) is then found again.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

from twitterlab.parts.blueprint import Blueprint
from twitterlab.servers import envoy
from twitterlab.servers.family import Family
from twitterlab.stage.demo import Crowd
from twitterlab.stage.serving import ACTS_AT_FIRST, Serving, application, bound, server, worker
from twitterlab.stage.several import Member, Running, main
from twitterlab.storage.alternatives import check_shared
from twitterlab.storage.shared import open_shared

WORKER = "worker"
HERE = "127.0.0.1"


def serve_fleet(
    blueprint: Blueprint, options: Serving, processes: int, has_envoy: bool, say: Callable[[str], None]
) -> None:
    """Serve until interrupted. BadInput as `serve` has it, and for an engine that belongs to one process."""
    check_shared(options.places)
    with ExitStack() as opened:
        listening = _sockets(options, processes, has_envoy)
        for one in listening:
            opened.enter_context(one)
        shared = opened.enter_context(open_shared(options.engine, options.folder))
        lives: dict[str, Callable[[Member, Running], Any]] = {WORKER: _worker}
        for number in range(processes):
            lives[f"api-{number + 1}"] = partial(_api, listening[number % len(listening)], has_envoy)
        members = [Member(name, number, blueprint, shared, options, say) for number, name in enumerate(lives)]
        where = _address(listening[0])
        if has_envoy:
            ports = [one.getsockname()[1] for one in listening]
            where, admin = opened.enter_context(envoy.open(options.host, options.port, ports))
            say(f"Envoy's own account: {admin}")
        say(f"{where}   ({shared.engine}+{shared.label}; {processes} processes; Ctrl-C ends it)")
        Family({member.name: main(member, lives[member.name]) for member in members}, say).run()


def _sockets(options: Serving, processes: int, has_envoy: bool) -> list[socket.socket]:
    """One for all, or one each where a balancer stands before them. They outlive who answers there: a connection
    made while a process is started anew waits for it."""
    if not has_envoy:
        return [bound(options.host, options.port)]
    return [bound(HERE, 0) for _ in range(processes)]


async def _api(listening: socket.socket, has_envoy: bool, member: Member, process: Running) -> None:
    proxies = HERE if has_envoy else member.options.proxies
    await server(application(process.platform, process.world, process.hops), proxies).serve([listening])


async def _worker(member: Member, process: Running) -> None:
    """Relay and fan-out, and the people of the demo."""
    jobs = [worker(process.platform, asyncio.Event())]
    if member.options.demo:
        jobs.append(_crowd(member, process))
    await asyncio.gather(*jobs)


async def _crowd(member: Member, process: Running) -> None:
    """They move in once: into a system that has people already, nobody does."""
    if await process.platform.stores.users.search("", 1):
        return
    crowd = Crowd(process.platform, process.world, member.options.demo)
    member.say(f"{member.options.demo:,} people are moving in ...")
    await crowd.move_in()
    for _ in range(ACTS_AT_FIRST):
        await crowd.act()
    member.say("they have moved in, and live")
    await crowd.live(asyncio.Event(), member.options.acts_per_s)


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
