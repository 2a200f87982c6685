"""The processes that the benchmarks of the edge load: each serves, says where as JSON, and ends with its input.

python -m twitterlab.course.benchmarks.edge_serving home          a timeline to read, and a bare hello beside it
python -m twitterlab.course.benchmarks.edge_serving live PEOPLE   people who follow one author, and bare sockets
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from contextlib import AsyncExitStack

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from twitterlab.course.system import system_of
from twitterlab.platform.platform import Platform
from twitterlab.stage.serving import application, bound, server
from twitterlab.storage.engines import open_engine
from twitterlab.storage.stores import Stores
from twitterlab.world.live import LiveWorld

FRIENDS, TWEETS = 75, 4
HOUR_MS = 3_600_000
AUTHOR = "author"


async def home() -> None:
    """A reader with 75 friends, whose token is `token-0`."""

    async def hello(request: Request) -> Response:
        return Response(b"hello", media_type="text/plain")

    async with AsyncExitStack() as stack:
        world, platform = await _system(stack)
        client = platform.client
        reader = (await client.sign_up("reader", "Reader")).id
        for number in range(FRIENDS):
            friend = (await client.sign_up(f"friend{number}", "Friend")).id
            await client.follow(reader, friend)
            for tweet in range(TWEETS):
                await client.post(friend, f"tweet {tweet} of friend {number}, about tea and rain")
        await platform.drain()
        await _session(platform.stores, world, reader, "token-0")
        ours = _serve(application(platform, world, limits={}), stack)
        await _until_told({"ours": ours, "bare": _serve(Starlette(routes=[Route("/hello", hello)]), stack)})


async def live(people: int) -> None:
    """`people` who follow one author and have a session `token-N` each."""
    open_now: set[WebSocket] = set()

    async def listen(socket: WebSocket) -> None:
        await socket.accept()
        open_now.add(socket)
        try:
            while True:
                await socket.receive_text()
        except (WebSocketDisconnect, KeyError):
            open_now.discard(socket)

    async def tell(request: Request) -> Response:
        text = (await request.body()).decode()
        for socket in tuple(open_now):
            await socket.send_text(text)
        return Response()

    async with AsyncExitStack() as stack:
        world, platform = await _system(stack)
        author = (await platform.client.sign_up(AUTHOR, "Author")).id
        await _session(platform.stores, world, author, AUTHOR)
        for number in range(people):
            follower = (await platform.client.sign_up(f"f{number}", "F")).id
            await platform.client.follow(follower, author)
            await _session(platform.stores, world, follower, f"token-{number}")
        await platform.drain()
        stop = asyncio.Event()
        worker = asyncio.create_task(platform.run(stop))
        bare = Starlette(routes=[WebSocketRoute("/api/live", listen), Route("/tell", tell, methods=["POST"])])
        await _until_told({"ours": _serve(application(platform, world, limits={}), stack), "bare": _serve(bare, stack)})
        stop.set()
        await worker


async def _system(stack: AsyncExitStack) -> tuple[LiveWorld, Platform]:
    """A platform of week 1 in memory, without limits."""
    world, blueprint = LiveWorld(1), system_of(1, False)
    stores, redis = await stack.enter_async_context(open_engine("memory", None, blueprint.schema()))
    return world, Platform(blueprint, world, stores, redis, limits={})


async def _session(stores: Stores, world: LiveWorld, user_id: int, token: str) -> None:
    digest = hashlib.sha256(token.encode()).digest()
    await stores.credentials.open_session(digest, user_id, world.clock.now_ms() + HOUR_MS)


def _serve(app: Starlette, stack: AsyncExitStack) -> int:
    """Behind the server that `twitterlab serve` uses; its port."""
    listening = bound("127.0.0.1", 0)
    serving = asyncio.create_task(server(app).serve(sockets=[listening]))
    stack.callback(serving.cancel)
    port: int = listening.getsockname()[1]
    return port


async def _until_told(ports: dict[str, int]) -> None:
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(home() if sys.argv[1] == "home" else live(int(sys.argv[2])))
