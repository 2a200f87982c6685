"""Clients that take their time, or say too much."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol

from tests.edge.test_live import served, signed_up
from twitterlab.edge import patience
from twitterlab.edge.patience import Patience, PatientProtocol

HEAD = b"GET /health HTTP/1.1\r\nHost: twitter.test\r\n"


class PatientH11(Patience, H11Protocol):
    """What is spoken where httptools is not installed."""


@pytest.fixture(params=[PatientProtocol, PatientH11])
def protocol(request):
    return request.param


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(patience, "HEAD_WITHIN_S", 0.1)


@asynccontextmanager
async def line(address):
    """A bare connection."""
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.close()


async def rest(reader):
    """Everything until the server hangs up; a reset is a way to do so."""
    heard = b""
    try:
        async with asyncio.timeout(5):
            while chunk := await reader.read(65_536):
                heard += chunk
    except ConnectionResetError:
        pass
    return heard


@pytest.mark.parametrize("said", [b"", b"G", HEAD, HEAD + b"X: "])
def test_a_head_that_never_ends_is_ended(visit, protocol, hurried, said):
    async def story(house):
        async with served(house.application, protocol) as address, line(address) as (reader, writer):
            writer.write(said)
            heard = await rest(reader)
        assert heard.startswith(b"HTTP/1.1 408 ") == bool(said)
        assert bool(heard) == bool(said)

    visit(story)


def test_a_byte_now_and_then_buys_no_time(visit, protocol, hurried):
    async def story(house):
        async with served(house.application, protocol) as address, line(address) as (reader, writer):
            writer.write(HEAD + b"X: ")

            async def drip():
                while True:
                    writer.write(b"a")
                    await asyncio.sleep(0.01)

            dripping = asyncio.create_task(drip())
            heard = await rest(reader)
            dripping.cancel()
        assert heard.startswith(b"HTTP/1.1 408 ")

    visit(story)


def test_the_second_head_of_a_connection_has_as_long_as_the_first(visit, protocol, hurried):
    async def story(house):
        async with served(house.application, protocol) as address, line(address) as (reader, writer):
            writer.write(HEAD + b"\r\n")
            await reader.readuntil(b'{"status":"ok"}')
            writer.write(HEAD)
            heard = await rest(reader)
        assert heard.startswith(b"HTTP/1.1 408 ")

    visit(story)


def test_a_head_of_any_size_is_not_taken(visit):
    async def story(house):
        async with served(house.application, PatientProtocol) as address, line(address) as (reader, writer):
            writer.write(HEAD + b"X: " + b"a" * 4_000_000)
            heard = await rest(reader)
        assert heard == b"" or heard.startswith(b"HTTP/1.1 431 ")

    visit(story)


def test_the_rest_of_a_refused_body_is_not_awaited_for_ever(visit, protocol, hurried):
    async def story(house):
        async with served(house.application, protocol) as address, line(address) as (reader, writer):
            head = b"POST /api/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999\r\n\r\n"
            writer.write(head)
            await reader.readuntil(b"413")
            writer.write(b"x")
            await rest(reader)

    visit(story)


def test_who_takes_part_in_time_is_left_alone(visit, protocol, hurried):
    async def story(house):
        async with served(house.application, protocol) as address:
            ann, _, _ = await signed_up(address, "ann")

            async def slow():
                yield b'{"text": "'
                await asyncio.sleep(0.3)  # three times what a head may take
                yield b'hello"}'

            answer = await ann.post("/api/tweets", content=slow(), headers={"Content-Type": "application/json"})
            assert answer.status_code == 201
            await ann.aclose()

    visit(story)


@pytest.mark.parametrize("hosts", [b"", b"Host: a\r\nHost: b\r\n"])
def test_a_request_names_one_host(visit, hosts):
    async def story(house):
        async with served(house.application, PatientProtocol) as address, line(address) as (reader, writer):
            writer.write(b"GET /health HTTP/1.1\r\n" + hosts + b"Connection: close\r\n\r\n")
            heard = await rest(reader)
        assert heard.startswith(b"HTTP/1.1 400 ")
        assert b'"type":"malformed"' in heard

    visit(story)


def test_an_answer_waits_for_no_acknowledgement(visit):
    async def story(house):
        async with served(house.application, PatientProtocol) as address, line(address) as (reader, writer):
            loop = asyncio.get_running_loop()
            took_s = []
            for _ in range(5):
                start = loop.time()
                writer.write(HEAD + b"\r\n")
                await reader.readuntil(b'{"status":"ok"}')
                took_s.append(loop.time() - start)
        assert min(took_s[1:]) < 0.03  # Nagle's algorithm and a delayed acknowledgement take 40 ms

    visit(story)
