"""Live updates, over a real server and real sockets on the loopback address."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import httpx
import pytest
import websockets
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from twitterlab.edge.patience import PatientProtocol
from twitterlab.stage.serving import bound, server


@asynccontextmanager
async def served(application, protocol=PatientProtocol):
    """The application on a free port."""
    listening = bound("127.0.0.1", 0)
    serving = server(application)
    serving.config.http = protocol
    serving.config.log_level = "critical"
    serving.config.configure_logging()
    running = asyncio.create_task(serving.serve(sockets=[listening]))
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        serving.should_exit = True
        await running


async def signed_up(address, handle):
    browser = httpx.AsyncClient(base_url=f"http://{address}", headers={"Origin": f"http://{address}"})
    answer = await browser.post("/api/accounts", json={"handle": handle, "name": handle, "password": "long enough"})
    return browser, answer.json()["person"]["id"], answer.json()["token"]


def listen(address, token, after=""):
    query = f"?after={after}" if after else ""
    return connect(f"ws://{address}/api/live{query}", additional_headers={"Authorization": f"Bearer {token}"})


class Ear:
    """Reads single events from a socket that sends them in batches."""

    def __init__(self, socket):
        self.socket, self.waiting = socket, []

    async def event(self):
        while not self.waiting:
            self.waiting = json.loads(await asyncio.wait_for(self.socket.recv(), 10))
        return self.waiting.pop(0)


def test_a_tweet_a_notification_and_a_message_arrive_live(visit):
    async def story(house):
        async with served(house.application) as address:
            ann, ann_id, _ = await signed_up(address, "ann")
            bob, bob_id, token = await signed_up(address, "bob")
            await bob.put(f"/api/following/{ann_id}")
            async with listen(address, token) as socket:
                ear = Ear(socket)
                assert (await ear.event())["event"] == "hello"
                tweet = (await ann.post("/api/tweets", json={"text": "hi @bob"})).json()
                await house.platform.drain()
                await ann.post(f"/api/messages/{bob_id}", json={"text": "psst"})
                events = [await ear.event() for _ in range(3)]
            assert sorted(event["event"] for event in events) == ["message", "notification", "tweet"]
            assert tweet["id"] in {event["id"] for event in events}
            assert {event["by"] for event in events} == {ann_id}

    visit(story)


def test_who_comes_back_misses_nothing_and_hears_nothing_twice(visit):
    async def story(house):
        async with served(house.application) as address:
            ann, ann_id, _ = await signed_up(address, "ann")
            bob, _, token = await signed_up(address, "bob")
            await bob.put(f"/api/following/{ann_id}")
            heard, after = [], ""
            posted = []
            for number in range(6):
                async with listen(address, token, after) as socket:
                    ear = Ear(socket)
                    after = (await ear.event())["after"]
                    while len(heard) < len(posted):
                        event = await ear.event()
                        heard.append(event["id"])
                        after = event["after"]
                posted.append((await ann.post("/api/tweets", json={"text": f"tweet {number}"})).json()["id"])
                await house.platform.drain()
            assert heard == posted[:5]

    visit(story)


def test_a_socket_without_a_session_or_from_another_page_is_refused(visit):
    async def story(house):
        async with served(house.application) as address:
            _, _, token = await signed_up(address, "ann")
            for headers in (
                {},
                {"Authorization": "Bearer forged"},
                {"Cookie": f"session={token}", "Origin": "http://evil.test"},
                {"Cookie": f"session={token}"},
            ):
                with pytest.raises((InvalidStatus, ConnectionClosed)):
                    async with connect(f"ws://{address}/api/live", additional_headers=headers) as socket:
                        await socket.recv()

    visit(story)


def test_the_eleventh_socket_of_one_person_is_refused(visit):
    async def story(house):
        async with served(house.application) as address:
            _, _, token = await signed_up(address, "ann")
            async with asyncio.TaskGroup() as group:
                opened = [group.create_task(listen(address, token).__aenter__()) for _ in range(10)]
            with pytest.raises(websockets.exceptions.InvalidStatus):
                async with listen(address, token):
                    pass
            for task in opened:
                await task.result().close()

    visit(story)


def test_server_sent_events_carry_the_same(visit):
    async def story(house):
        async with served(house.application) as address:
            ann, ann_id, _ = await signed_up(address, "ann")
            bob, _, _ = await signed_up(address, "bob")
            await bob.put(f"/api/following/{ann_id}")
            async with bob.stream("GET", "/api/live/events") as stream:
                lines = stream.aiter_lines()
                assert json.loads(await _data(lines))["event"] == "hello"
                tweet = (await ann.post("/api/tweets", json={"text": "hello"})).json()
                await house.platform.drain()
                assert json.loads(await _data(lines))["id"] == tweet["id"]

    visit(story)


async def _data(lines) -> str:
    async for line in lines:
        if line.startswith("data: "):
            return line.removeprefix("data: ")
    raise AssertionError("the stream has ended")
