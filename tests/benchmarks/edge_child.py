"""The processes that the benchmarks of the edge measure: each serves, prints what its parent needs, and waits.

python -m tests.benchmarks.edge_child api ENGINE      a system with a timeline to read, and a bare hello beside it
python -m tests.benchmarks.edge_child live PEOPLE     a system whose people follow one author, and bare sockets
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from contextlib import AsyncExitStack

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.edge.conftest import SOLVED
from twitterlab.stage.serving import application, bound, server
from twitterlab.storage.engines import open_engine
from twitterlab.world.live import LiveWorld

FRIENDS, TWEETS = 75, 4
UNLIMITED = {}
ONE_TRUE_LIMIT = 2**62


async def served(app):
    """The application behind the server that `twitterlab serve` uses; its port."""
    listening = bound("127.0.0.1", 0)
    running = asyncio.create_task(server(app).serve(sockets=[listening]))
    return listening.getsockname()[1], running


async def session(stores, clock, user_id, token):
    digest = hashlib.sha256(token.encode()).digest()
    await stores.credentials.open_session(digest, user_id, clock.now_ms() + 3_600_000)


async def system(stack, engine, xray=None):
    """A platform without limits, its worker at work."""
    from twitterlab.platform.platform import Platform

    world = LiveWorld(1)
    stores, redis = await stack.enter_async_context(open_engine(engine, None, SOLVED.schema()))
    platform = Platform(SOLVED, world, stores, redis, limits=UNLIMITED)
    return world, platform


async def api(engine):
    """A reader with 75 friends; `/api/home` beside a hello of the same server."""

    async def hello(request):
        return Response(b"hello", media_type="text/plain")

    async with AsyncExitStack() as stack:
        world, platform = await system(stack, engine)
        client = platform.client
        reader = (await client.sign_up("reader", "Reader")).id
        for number in range(FRIENDS):
            friend = (await client.sign_up(f"friend{number}", "Friend")).id
            await client.follow(reader, friend)
            for tweet in range(TWEETS):
                await client.post(friend, f"tweet {tweet} of friend {number}, about tea and rain")
        await platform.drain()
        await session(platform.stores, world.clock, reader, "token")
        home, _ = await served(application(platform, world, limits=UNLIMITED))
        bare, _ = await served(Starlette(routes=[Route("/hello", hello)]))
        print(json.dumps({"home": home, "hello": bare, "engine": platform.stores.engine}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


async def live(people):
    """`people` who follow one author, each with a session `token-N`; and a bare broadcast beside it."""
    sockets = set()

    async def listen(socket: WebSocket):
        await socket.accept()
        sockets.add(socket)
        try:
            while True:
                await socket.receive_text()
        except (WebSocketDisconnect, KeyError):
            sockets.discard(socket)

    async def tell(request):
        text = (await request.body()).decode()
        for socket in tuple(sockets):
            await socket.send_text(text)
        return Response()

    async with AsyncExitStack() as stack:
        world, platform = await system(stack, "memory")
        author = (await platform.client.sign_up("author", "Author")).id
        await session(platform.stores, world.clock, author, "author")
        for number in range(people):
            follower = (await platform.client.sign_up(f"f{number}", "F")).id
            await platform.client.follow(follower, author)
            await session(platform.stores, world.clock, follower, f"token-{number}")
        await platform.drain()
        stop = asyncio.Event()
        worker = asyncio.create_task(platform.run(stop))
        port, _ = await served(application(platform, world, limits=UNLIMITED))
        bare, _ = await served(
            Starlette(routes=[WebSocketRoute("/api/live", listen), Route("/tell", tell, methods=["POST"])])
        )
        print(json.dumps({"live": port, "bare": bare}), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        stop.set()
        await worker


if __name__ == "__main__":
    asyncio.run(api(sys.argv[2]) if sys.argv[1] == "api" else live(int(sys.argv[2])))
