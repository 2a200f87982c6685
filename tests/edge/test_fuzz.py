"""Every route fuzzed from the OpenAPI document: no 5xx, no answer that the document does not know.

The long form is `schemathesis run`, its output is kept under docs/evidence.
"""

from __future__ import annotations

import asyncio
import threading

import httpx
import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings

from twitterlab.stage.serving import application, watched
from twitterlab.world.live import LiveWorld

schemathesis = pytest.importorskip("schemathesis", reason="needs schemathesis: pip install 'twitterlab[dev]'")
from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: E402 - after the skip

EXAMPLES = 15
# A cursor that nobody issued and a text too long by weight fit the schema, and are refused all the same.


class Served:
    """A whole system in a thread of its own, on a free port, with two people in it."""

    def __init__(self) -> None:
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)

    def __enter__(self) -> Served:
        self._thread.start()
        assert self._ready.wait(30)
        self.tokens = [self._signed_up("ann"), self._signed_up("eve")]
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(30)

    def _signed_up(self, handle: str) -> str:
        account = {"handle": handle, "name": handle, "password": "long enough"}
        answer = httpx.post(f"{self.url}/api/accounts", json=account, timeout=30)
        assert answer.status_code == 201
        return str(answer.json()["token"])

    async def _main(self) -> None:
        import socket

        from solutions.week1.day2_schema import SocialSchema
        from tests.edge.conftest import SOLVED
        from twitterlab.edge.xray import Xray
        from twitterlab.storage.stores import open_stores
        from twitterlab.world.fake_redis import fake_redis

        world = LiveWorld()
        xray = Xray(world.stopwatch_ns)
        stores = open_stores("memory", None, SocialSchema())
        platform = watched(SOLVED, world, stores, fake_redis(), xray)
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._server = uvicorn.Server(
            uvicorn.Config(application(platform, world, xray), log_level="error", lifespan="off")
        )
        stop = asyncio.Event()
        worker = asyncio.create_task(platform.run(stop))
        asyncio.get_running_loop().call_soon(self._ready.set)
        await self._server.serve(sockets=[listening])
        stop.set()
        await worker
        await stores.close()


@pytest.mark.slow
def test_no_route_breaks_or_answers_what_is_not_documented():
    with Served() as served:
        document = schemathesis.openapi.from_url(f"{served.url}/openapi.json")
        seen = set()

        for operation in document.get_all_operations():
            fuzz_one(operation.ok(), served.tokens[0], seen)
        assert len(seen) >= 28


def fuzz_one(operation, token, seen):
    """Draw cases of one operation and call it."""
    if operation.path in ("/api/sessions/current", "/api/me/password"):
        return

    @settings(
        max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
    )
    @given(case=operation.as_strategy())
    def calls(case):
        answer = case.call(headers={"Authorization": f"Bearer {token}"})
        seen.add((operation.method, operation.path))
        case.validate_response(answer, excluded_checks=[positive_data_acceptance])

    calls()
