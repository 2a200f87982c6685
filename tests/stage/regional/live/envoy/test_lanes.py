"""A lane through a balancer: real sockets, a second try, and an account of who was ejected."""

from __future__ import annotations

import asyncio

import pytest

from twitterlab.course.system import system_of
from twitterlab.parts.balancer import Backend, BalancerPolicy
from twitterlab.stage.regional.live.envoy.http_client import Client
from twitterlab.stage.regional.live.envoy.http_server import Answer, listen, port_of
from twitterlab.stage.regional.live.envoy.lanes import Lane, RoundRobin, ThroughBalancer, drive
from twitterlab.world.chance import SeededChance
from twitterlab.world.live import LiveClock, stopwatch_ns

NAMES = ("b1", "b2", "b3")
REQUESTS = 120


async def in_turn(lane):
    """One after the other: what a loaded machine does to the moments changes nothing."""
    for _ in range(REQUESTS):
        await lane.one(stopwatch_ns())


async def at_once(lane):
    await drive([lane], [stopwatch_ns() + number for number in range(REQUESTS)], LiveClock())


def driven(balancer, broken=("b3",), how=in_turn):
    """How many asked each backend, and the lane, after `REQUESTS` of which those at `broken` fail."""

    async def go():
        seen = dict.fromkeys(NAMES, 0)

        def backend(name):
            async def handle(request):
                seen[name] += 1
                return Answer(500 if name in broken else 200)

            return listen(handle)

        servers = {name: await backend(name) for name in NAMES}
        client, turns = Client(), []
        ports = {name: port_of(server) for name, server in servers.items()}
        way = ThroughBalancer(balancer, ports, client, SeededChance(1, "lane"), turns)
        lane = Lane("part", {}, way.ask, turns=turns)
        try:
            await how(lane)
        finally:
            client.close()
            for server in servers.values():
                server.close()
        return seen, lane

    return asyncio.run(go())


def part():
    return system_of(2, mine=False).balancer([Backend(name, "home") for name in NAMES], BalancerPolicy())


def test_who_fails_five_times_is_ejected_and_asked_no_more():
    seen, lane = driven(part())

    assert [(turn.name, turn.is_out) for turn in lane.turns] == [("b3", True)]
    assert 5 <= seen["b3"] < REQUESTS / 6
    assert all(asked.is_served for asked in lane.asked)


def test_a_balancer_that_never_ejects_shows_in_what_the_sick_one_gets():
    seen, lane = driven(RoundRobin([Backend(name) for name in NAMES]))

    assert lane.turns == []
    assert seen["b3"] >= REQUESTS / 3
    assert all(asked.is_served for asked in lane.asked)


def test_who_finds_two_sick_ones_is_not_served():
    _, lane = driven(RoundRobin([Backend(name) for name in NAMES]), broken=NAMES)

    assert not any(asked.is_served for asked in lane.asked)


def test_what_a_part_raises_is_raised():
    class Broken(RoundRobin):
        def choose(self, now_ms, chance, but=()):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        driven(Broken([Backend(name) for name in NAMES]), how=at_once)


def test_everybody_comes_at_their_moment_and_all_have_come_back_in_the_end():
    _, lane = driven(RoundRobin([Backend(name) for name in NAMES]), how=at_once)

    assert len(lane.asked) == len({asked.at_ns for asked in lane.asked}) == REQUESTS
