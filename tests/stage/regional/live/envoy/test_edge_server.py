"""The small edge server does what its part says, over real sockets: origin, edge and readers in one process."""

from __future__ import annotations

import asyncio
import json

import pytest

from twitterlab.course.system import system_of
from twitterlab.parts.edge_cache import NoEdge
from twitterlab.stage.regional.live.envoy.edge_server import PURGE, EdgeServer, response_of
from twitterlab.stage.regional.live.envoy.http_client import Client, Reply
from twitterlab.stage.regional.live.envoy.http_server import Answer, listen, port_of
from twitterlab.stage.regional.live.envoy.origin import COUNTS, Origin, tag_of

EDGE = system_of(2, mine=False).edge_cache
READERS = 40


class World:
    """An origin, an edge of 100 pages before it, and a reader."""

    def __init__(self, make, handle=None):
        self._make, self._handle = make, handle

    async def __aenter__(self):
        self.origin = Origin(ttl_s=60, stale_s=60)
        self._behind = await listen(self._handle or self.origin.handle)
        self.edge = EdgeServer(self._make(100), port_of(self._behind))
        self._before = await listen(self.edge.handle)
        self.client = Client()
        return self

    async def __aexit__(self, *_):
        self.client.close()
        await self.edge.close()
        self._before.close()
        self._behind.close()

    async def read(self, path, method="GET", **headers):
        return await self.client.ask(port_of(self._before), path, method, headers)

    async def change(self, path):
        await self.client.ask(port_of(self._behind), f"/change?path={path}", "POST")
        await self.read(f"/?tag={tag_of(path)}", PURGE)

    async def asked(self, path):
        return json.loads((await self.client.ask(port_of(self._behind), COUNTS)).body)["asked"][path]


def run(make, story, handle=None):
    async def go():
        async with asyncio.timeout(8), World(make, handle) as world:
            return await story(world)

    return asyncio.run(go())


async def everybody(world):
    replies = await asyncio.gather(*(world.read("/star?ms=150") for _ in range(READERS)))
    return {reply.body for reply in replies}, await world.asked("/star")


def test_many_who_miss_at_once_are_one_request_to_the_origin():
    assert run(EDGE, everybody) == ({b'{"version": 0}'}, 1)


def test_an_edge_that_does_not_coalesce_shows_in_the_requests_to_the_origin():
    assert run(NoEdge, everybody) == ({b'{"version": 0}'}, READERS)


def test_who_asks_after_a_purge_during_a_fetch_sees_the_new_page():
    async def story(world):
        first = asyncio.create_task(world.read("/page?first_ms=200"))
        while "/page" not in world.origin._asked:
            await asyncio.sleep(0)
        await world.change("/page")
        second = await world.read("/page?first_ms=200")
        await first
        return second.body, (await world.read("/page?first_ms=200")).body

    assert run(EDGE, story) == (b'{"version": 1}', b'{"version": 1}')


def test_a_private_page_is_never_somebody_elses():
    async def story(world):
        names = [f"reader={number}" for number in range(10)] * 2
        replies = await asyncio.gather(*(world.read("/mine/1?ms=50", cookie=name) for name in names))
        return [json.loads(reply.body)["reader"] for reply in replies] == names, await world.asked("/mine/1")

    assert run(EDGE, story) == (True, 20)


def test_an_origin_that_fails_is_an_error_for_all_who_joined_and_nothing_is_kept():
    answers, joined = iter([Answer(500), Answer(200, b"well", (("cache-control", "max-age=60"),))]), []

    class Counting(EDGE):
        def ask(self, key, now_ms):
            joined.append(key)
            return super().ask(key, now_ms)

    async def handle(request):
        while len(joined) < 5:
            await asyncio.sleep(0)
        return next(answers)

    async def story(world):
        replies = await asyncio.gather(*(world.read("/") for _ in range(5)))
        return [reply.status for reply in replies], (await world.read("/")).body

    assert run(Counting, story, handle) == ([502] * 5, b"well")


def test_what_the_part_raises_is_kept_for_who_started_it():
    class Broken(EDGE):
        def ask(self, key, now_ms):
            raise ZeroDivisionError

    async def story(world):
        return (await world.read("/")).status, world.edge.broken

    status, (broken,) = run(Broken, story)

    assert (status, type(broken)) == (500, ZeroDivisionError)


@pytest.mark.parametrize(
    ("said", "ttl_ms", "stale_ms", "is_private"),
    [
        ("public, max-age=2, stale-while-revalidate=4", 2_000, 4_000, False),
        ("max-age=60", 60_000, 0, False),
        ("private, max-age=60", 60_000, 0, True),
        ("no-store", 0, 0, True),
        ("max-age=soon", 0, 0, False),
        ("", 0, 0, False),
    ],
)
def test_lifetimes_come_from_cache_control(said, ttl_ms, stale_ms, is_private):
    response = response_of(Reply(200, b"", {"cache-control": said, "cache-tag": "a, b"}))

    assert (response.ttl_ms, response.stale_ms, response.is_private) == (ttl_ms, stale_ms, is_private)
    assert response.tags == ("a", "b")
