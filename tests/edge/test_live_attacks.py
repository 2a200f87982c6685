"""What people try with live connections."""

from __future__ import annotations

import asyncio
import socket as sockets

import pytest
from websockets.exceptions import ConnectionClosed

from tests.edge.test_live import Ear, listen, served, signed_up
from twitterlab.edge import live, patience


async def deaf(address, path, token, headers=""):
    """A connection that asks for live updates and then reads nothing, through the smallest window there is."""
    line = sockets.socket()
    line.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 1)
    line.setblocking(False)
    host, port = address.split(":")
    await asyncio.get_running_loop().sock_connect(line, (host, int(port)))
    request = f"GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n{headers}\r\n"
    await asyncio.get_running_loop().sock_sendall(line, request.encode())
    return line


UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


@pytest.mark.parametrize(("path", "headers"), [("/api/live", UPGRADE), ("/api/live/events", "")])
def test_who_never_reads_is_hung_up_on(visit, monkeypatch, path, headers):
    monkeypatch.setattr(patience, "HEARD_WITHIN_S", 0.2)

    async def story(house):
        feed = house.platform.feed
        async with served(house.application) as address:
            _, ann_id, token = await signed_up(address, "ann")
            line = await deaf(address, path, token, headers)
            while not feed.listening:
                await asyncio.sleep(0.01)
            (listener,) = feed._people[int(ann_id)].listeners
            most = 0
            async with asyncio.timeout(20):
                while feed.listening:
                    feed.tell([int(ann_id)], "tweet", 2**60, 2**60)
                    most = max(most, len(listener._waiting))
                    await asyncio.sleep(0)
            assert most <= 501
            line.close()

    visit(story)


def test_one_who_is_slow_for_a_moment_misses_nothing(visit):
    async def story(house):
        feed = house.platform.feed
        async with served(house.application) as address:
            _, ann_id, token = await signed_up(address, "ann")
            async with listen(address, token) as socket:
                ear = Ear(socket)
                await ear.event()
                for number in range(400):
                    feed.tell([int(ann_id)], "tweet", number + 1, 7)
                assert [(await ear.event())["id"] for _ in range(400)] == [str(number + 1) for number in range(400)]

    visit(story)


def test_who_is_blocked_hears_nothing_live(visit):
    async def story(house):
        async with served(house.application) as address:
            ann, ann_id, _ = await signed_up(address, "ann")
            bob, bob_id, _ = await signed_up(address, "bob")
            eve, eve_id, token = await signed_up(address, "eve")
            for other in (ann_id, bob_id):
                await eve.put(f"/api/following/{other}")
            async with listen(address, token) as socket:
                ear = Ear(socket)
                await ear.event()
                await ann.put(f"/api/blocks/{eve_id}")
                await ann.post("/api/tweets", json={"text": "nothing for @eve"})
                await ann.post(f"/api/messages/{eve_id}", json={"text": "nor this"})
                await house.platform.drain()
                last = (await bob.post("/api/tweets", json={"text": "for all"})).json()
                await house.platform.drain()
                heard = await ear.event()
            assert (heard["event"], heard["id"], heard["by"]) == ("tweet", last["id"], bob_id)

    visit(story)


@pytest.mark.parametrize("is_busy", [False, True])
def test_a_session_that_ended_hears_no_more(visit, monkeypatch, is_busy):
    monkeypatch.setattr(live, "CHECK_EVERY_S", 0.05)

    async def story(house):
        async with served(house.application) as address:
            ann, ann_id, token = await signed_up(address, "ann")
            async with listen(address, token) as socket:
                await socket.recv()
                await ann.delete("/api/sessions/current")

                async def busy():
                    while is_busy:
                        house.platform.feed.tell([int(ann_id)], "tweet", 1, 1)
                        await asyncio.sleep(0.005)

                telling = asyncio.create_task(busy())
                with pytest.raises(ConnectionClosed) as closed:
                    async with asyncio.timeout(5):
                        while True:
                            await socket.recv()
                telling.cancel()
            assert closed.value.rcvd.code == live.SIGNED_OUT

    visit(story)


@pytest.mark.parametrize("said", ["x" * 5_000, b"\0" * 5_000, "x" * 50_000])
def test_what_a_client_says_is_bounded(visit, said):
    async def story(house):
        async with served(house.application) as address:
            _, _, token = await signed_up(address, "ann")
            async with listen(address, token) as socket:
                await socket.recv()
                with pytest.raises(ConnectionClosed) as closed:
                    await socket.send(said)
                    async with asyncio.timeout(5):
                        while True:
                            await socket.recv()
            assert closed.value.rcvd.code == 1009

    visit(story)


def test_open_connections_are_counted(visit):
    async def story(house):
        async with served(house.application) as address:
            ann, _, token = await signed_up(address, "ann")
            counts = []
            async with listen(address, token) as socket:
                await socket.recv()
                counts.append("twitterlab_live_connections 1" in (await ann.get("/metrics")).text)
            async with asyncio.timeout(5):
                while house.platform.feed.listening:
                    await asyncio.sleep(0.01)
            counts.append("twitterlab_live_connections 0" in (await ann.get("/metrics")).text)
            assert counts == [True, True]

    visit(story)


def test_noise_after_the_handshake_closes_the_connection(visit):
    async def story(house):
        async with served(house.application) as address:
            _, _, token = await signed_up(address, "ann")
            line = await deaf(address, "/api/live", token, UPGRADE)
            while not house.platform.feed.listening:
                await asyncio.sleep(0.01)
            await asyncio.get_running_loop().sock_sendall(line, b"\xff" * 64)
            async with asyncio.timeout(5):
                while await asyncio.get_running_loop().sock_recv(line, 4_096):
                    pass
            line.close()

    visit(story)
