"""A whole system in a thread of its own, on a free port."""

from __future__ import annotations

import asyncio
import threading

import httpx

from solutions.week1.day2_schema import SocialSchema
from tests.edge.conftest import SOLVED
from twitterlab.edge.xray import Xray
from twitterlab.stage.serving import application, bound, server, watched
from twitterlab.storage.stores import open_stores
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.live import LiveWorld


class Served:
    """Use it as a context; `url` is where it is."""

    def __init__(self) -> None:
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)

    def __enter__(self) -> Served:
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        self._thread.join(30)

    def end(self) -> None:
        """As a signal does."""
        self._server.should_exit = True

    def signed_up(self, handle: str) -> str:
        """A new person's token."""
        account = {"handle": handle, "name": handle, "password": "long enough"}
        answer = httpx.post(f"{self.url}/api/accounts", json=account, timeout=30)
        assert answer.status_code == 201
        return str(answer.json()["token"])

    async def _main(self) -> None:
        world = LiveWorld()
        xray = Xray(world.stopwatch_ns)
        stores = open_stores("memory", None, SocialSchema())
        platform = watched(SOLVED, world, stores, fake_redis(), xray)
        listening = bound("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._server = server(application(platform, world, xray))
        stop = asyncio.Event()
        worker = asyncio.create_task(platform.run(stop))
        asyncio.get_running_loop().call_soon(self._ready.set)
        await self._server.serve(sockets=[listening])
        stop.set()
        await worker
        await stores.close()
