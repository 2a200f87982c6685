"""The small server and the small client, over real sockets."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitterlab.stage.regional.live.envoy.http_client import Client, Lost, _read
from twitterlab.stage.regional.live.envoy.http_server import HOST, Answer, listen, port_of


async def served(handle, use):
    """`use(client, port)` before a server that answers with `handle`."""
    server, client = await listen(handle), Client()
    try:
        async with asyncio.timeout(5):
            return await use(client, port_of(server))
    finally:
        client.close()
        server.close()


async def echo(request):
    return Answer(200, f"{request.method} {request.path}".encode(), (("x-kind", request.headers.get("kind", "")),))


def test_an_answer_comes_whole_with_its_headers():
    async def use(client, port):
        return await client.ask(port, "/a?b=1", "PURGE", {"kind": "new"})

    reply = asyncio.run(served(echo, use))

    assert (reply.status, reply.body, reply.headers["x-kind"]) == (200, b"PURGE /a?b=1", "new")


def test_requests_one_after_the_other_share_a_connection():
    callers = set()

    async def use(client, port):
        for _ in range(5):
            await client.ask(port, "/")
        ((_, writer),) = client._idle[port]
        callers.add(writer.get_extra_info("sockname"))

    asyncio.run(served(echo, use))

    assert len(callers) == 1


def test_requests_in_one_packet_are_answered_in_order():
    async def use(client, port):
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(b"GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n")
        said = b""
        while said.count(b"GET /") < 2:
            said += await reader.read(4_096)
        writer.close()
        return said

    said = asyncio.run(served(echo, use))

    assert said.index(b"GET /1") < said.index(b"GET /2")


def test_who_goes_away_takes_the_request_along():
    async def go():
        begun, over = asyncio.Event(), asyncio.Event()

        async def handle(request):
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                over.set()

        async def use(client, port):
            asking = asyncio.create_task(client.ask(port, "/"))
            await begun.wait()
            asking.cancel()
            await over.wait()
            return True

        return await served(handle, use)

    assert asyncio.run(go())


@pytest.mark.parametrize("head", [b"nonsense\r\n\r\n", b"POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc"])
def test_what_is_no_request_or_has_a_body_ends_the_connection(head):
    async def use(client, port):
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(head)
        said = await reader.read()
        writer.close()
        return said

    assert asyncio.run(served(echo, use)) == b""


def test_nobody_there_is_lost():
    async def go():
        server = await listen(echo)
        port = port_of(server)
        server.close()
        await server.wait_closed()
        with pytest.raises(Lost):
            await Client().ask(port, "/")

    asyncio.run(go())


def test_a_handler_that_breaks_is_lost_and_not_waited_for():
    async def handle(request):
        raise RuntimeError

    async def use(client, port):
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        with pytest.raises(Lost):
            await client.ask(port, "/")

    asyncio.run(served(handle, use))


@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=5), st.booleans(), st.lists(st.integers(1, 30), min_size=1)
)
def test_an_answer_is_the_same_however_it_is_cut_into_packets(chunks, is_chunked, sizes):
    body = b"".join(chunks)
    if is_chunked:
        sent = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    else:
        sent, head = body, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)

    async def go():
        reader, whole, number = asyncio.StreamReader(), head + sent, 0
        reading = asyncio.create_task(_read(reader))
        while whole:
            size = sizes[number % len(sizes)]
            reader.feed_data(whole[:size])
            whole, number = whole[size:], number + 1
            await asyncio.sleep(0)
        return await reading

    reply = asyncio.run(go())

    assert (reply.status, reply.body) == (200, body)
