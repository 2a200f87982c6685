"""A cable delays both ways, keeps order, costs no bandwidth, and loses nothing when it is cut and mended."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitterlab.servers import cables
from twitterlab.servers.cable import CHUNK_BYTES, HELD_BYTES, Cable, Way
from twitterlab.world.virtual import run_virtual

ONE_WAY_S = 0.1
MIB = 2**20


class Arrivals:
    """A writer that notes when each chunk arrived, in virtual seconds."""

    def __init__(self):
        self.chunks, self.ended_s = [], None

    def write(self, chunk):
        self.chunks.append((asyncio.get_running_loop().time(), chunk))

    async def drain(self):
        await asyncio.sleep(0)

    def write_eof(self):
        self.ended_s = asyncio.get_running_loop().time()


def carried(story, cable_s=ONE_WAY_S):
    """What arrives when `story(reader, cable)` feeds one direction, in virtual time."""

    async def main(clock):
        cable, reader, arrivals = Cable(cable_s), asyncio.StreamReader(limit=CHUNK_BYTES), Arrivals()
        carrying = asyncio.create_task(Way(cable, reader, arrivals, 0.0).carry())
        await story(reader, cable)
        reader.feed_eof()
        await carrying
        return arrivals

    return run_virtual(main)


def feeding(*chunks):
    """Feed (at this second, these bytes)."""

    async def story(reader, cable):
        loop = asyncio.get_running_loop()
        for at_s, chunk in chunks:
            await asyncio.sleep(max(0.0, at_s - loop.time()))
            reader.feed_data(chunk)

    return story


def test_a_chunk_arrives_one_delay_after_it_was_sent():
    arrivals = carried(feeding((0.0, b"one"), (0.25, b"two")))

    assert [(pytest.approx(at_s), chunk) for at_s, chunk in arrivals.chunks] == [(0.1, b"one"), (0.35, b"two")]


def test_the_delay_costs_no_bandwidth():
    """A mebibyte is 16 chunks; one chunk a delay would take 1.6 s."""
    arrivals = carried(feeding((0.0, bytes(MIB))))

    assert sum(len(chunk) for _, chunk in arrivals.chunks) == MIB
    assert len(arrivals.chunks) >= 16
    assert arrivals.chunks[-1][0] == pytest.approx(ONE_WAY_S)


def test_what_is_under_way_is_bounded():
    """More than fits waits for what left, a delay later."""
    arrivals = carried(feeding((0.0, bytes(HELD_BYTES + MIB))))

    assert sum(len(chunk) for at_s, chunk in arrivals.chunks if at_s < 1.5 * ONE_WAY_S) <= HELD_BYTES + CHUNK_BYTES
    assert arrivals.chunks[-1][0] == pytest.approx(2 * ONE_WAY_S)


@given(st.lists(st.tuples(st.floats(0, 0.5), st.binary(min_size=1, max_size=9)), max_size=9))
def test_order_stays_whatever_the_timing(chunks):
    chunks = sorted(chunks, key=lambda chunk: chunk[0])
    arrivals = carried(feeding(*chunks))

    assert b"".join(chunk for _, chunk in arrivals.chunks) == b"".join(chunk for _, chunk in chunks)
    assert arrivals.ended_s == pytest.approx((chunks[-1][0] if chunks else 0.0) + ONE_WAY_S)


def test_what_was_under_way_when_it_was_cut_arrives_one_delay_after_it_is_mended():
    async def story(reader, cable):
        reader.feed_data(b"arrives")
        await asyncio.sleep(0.15)
        reader.feed_data(b"under way")
        await asyncio.sleep(0.05)
        cable.cut()
        await asyncio.sleep(1.0)
        reader.feed_data(b"sent into the void")
        await asyncio.sleep(1.0)
        cable.mend()
        await asyncio.sleep(0.5)
        reader.feed_data(b"afterwards")

    arrivals = carried(story)

    assert b"".join(chunk for _, chunk in arrivals.chunks) == b"arrivesunder waysent into the voidafterwards"
    assert sorted({round(at_s, 6) for at_s, _ in arrivals.chunks}) == [0.1, 2.3, 2.8]


def echo(server):
    """Answers one connection until it ends; where and from whom does not matter."""
    connection, _ = server.accept()
    with closing(connection):
        while chunk := connection.recv(4096):
            connection.sendall(chunk)


def test_over_real_sockets_it_delays_both_ways_and_cannot_be_passed_while_it_is_cut():
    """The only clock is the answer: none comes while the cable is cut, whatever the machine does."""
    from threading import Thread

    with closing(socket.create_server(("127.0.0.1", 0))) as server, cables.open({("a", "b"): 5.0}) as laid:
        Thread(target=echo, args=(server,), daemon=True).start()
        port = laid.lead("a", "b", server.getsockname()[1])
        with closing(socket.create_connection(("127.0.0.1", port))) as person:
            person.sendall(b"hello")
            first = person.recv(4096)
            laid.cut("b")
            person.sendall(b"again")
            person.settimeout(0.05)
            with pytest.raises(TimeoutError):
                person.recv(4096)
            laid.mend("b")
            person.settimeout(10.0)
            second = person.recv(4096)

    assert (first, second) == (b"hello", b"again")


def test_places_without_a_cable_between_them_meet_at_once():
    with cables.open({("a", "b"): 5.0}) as laid:
        assert laid.lead("a", "a", 4711) == 4711
        assert laid.lead("b", "a", 4711) != 4711
        assert laid.lead("b", "a", 4711) == laid.lead("a", "b", 4711)
