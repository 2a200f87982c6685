"""A whole system in a thread of its own, on a free port."""

from __future__ import annotations

import asyncio
import socket
import threading

import httpx
import uvicorn

from solutions.week1.day2_schema import SocialSchema
from tests.edge.conftest import SOLVED
from twitterlab.edge.patience import PatientProtocol
from twitterlab.edge.xray import Xray
from twitterlab.stage.serving import application, watched
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
        self._server.should_exit = True
        self._thread.join(30)

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
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._server = uvicorn.Server(
            uvicorn.Config(application(platform, world, xray), log_level="error", lifespan="off", http=PatientProtocol)
        )
        stop = asyncio.Event()
        worker = asyncio.create_task(platform.run(stop))
        asyncio.get_running_loop().call_soon(self._ready.set)
        await self._server.serve(sockets=[listening])
        stop.set()
        await worker
        await stores.close()
