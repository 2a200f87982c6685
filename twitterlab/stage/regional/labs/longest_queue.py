"""The longest queue before many servers that are alike: one choice, in turn, and the part's two choices.

The supermarket model: customers come at random, a server takes one after the other, and how long each takes is random
too. Sources: "The Power of Two Choices in Randomized Load Balancing" (Mitzenmacher, 2001), whose limit for many servers
says which share of the queues is that long; for servers in turn, the queue of Poisson arrivals of which one in n counts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import exp, log, log2
from statistics import fmean

from twitterlab.bench.plots import Line, Plot
from twitterlab.model.figure import Figure
from twitterlab.parts.balancer import Backend, BalancerPolicy
from twitterlab.parts.blueprint import Blueprint
from twitterlab.stage.regional.judging import figure
from twitterlab.world.chance import SeededChance

SERVERS = (4, 8, 16, 32, 64, 128, 256)
LOAD = 0.8
SERVICE_MS, UNTIL_MS, LOOK_MS = 1_000.0, 60_000.0, 2_000.0
PATIENT = BalancerPolicy(slow_floor_ms=1e12)
"""Nobody is slow, nobody is full: what is left of the part is whom it draws."""
PLENTY = 1e9
DAYS = 3

Choose = Callable[[int], int]
"""At this time: the number of a server."""
Finish = Callable[[int, int, float], None]
"""A server has finished with somebody, at this time, after so long."""


@dataclass(slots=True)
class Shop:
    """Servers and their queues."""

    servers: int
    chance: SeededChance
    queues: list[deque[float]] = field(default_factory=list)  # when each of those in it came
    looks: list[int] = field(default_factory=list)  # the longest queue, every `LOOK_MS`

    def open(self, choose: Choose, finish: Finish) -> float:
        """The longest queue, in the mean over looks from the middle of the day to its end."""
        self.queues = [deque() for _ in range(self.servers)]
        ends: list[tuple[float, int]] = []
        gap_ms, at_ms, look_ms = SERVICE_MS / (LOAD * self.servers), 0.0, UNTIL_MS / 2
        while at_ms < UNTIL_MS:
            at_ms += self._drawn(gap_ms)
            while ends and ends[0][0] <= at_ms:
                self._leave(*heappop(ends), ends, finish)
            while look_ms <= at_ms:
                self.looks.append(max(map(len, self.queues)))
                look_ms += LOOK_MS
            chosen = choose(int(at_ms))
            self.queues[chosen].append(at_ms)
            if len(self.queues[chosen]) == 1:
                heappush(ends, (at_ms + self._drawn(SERVICE_MS), chosen))
        return fmean(self.looks)

    def _leave(self, now_ms: float, server: int, ends: list[tuple[float, int]], finish: Finish) -> None:
        queue = self.queues[server]
        finish(server, int(now_ms), now_ms - queue.popleft())
        if queue:
            heappush(ends, (now_ms + self._drawn(SERVICE_MS), server))

    def _drawn(self, mean_ms: float) -> float:
        return -mean_ms * log(1.0 - self.chance.random())


def one_choice(servers: int, seed: int) -> float:
    """Whoever is drawn."""
    chance = SeededChance(seed, "one choice")
    return Shop(servers, SeededChance(seed, "shop")).open(lambda now_ms: chance.below(servers), _forget)


def in_turn(servers: int, seed: int) -> float:
    """Round robin."""
    turns = iter(range(1 << 62))
    return Shop(servers, SeededChance(seed, "shop")).open(lambda now_ms: next(turns) % servers, _forget)


def two_choices(blueprint: Blueprint, servers: int, seed: int) -> float:
    """Whom the part chooses."""
    balancer = blueprint.balancer([Backend(str(number), "", PLENTY) for number in range(servers)], PATIENT)
    chance = SeededChance(seed, "two choices")
    return Shop(servers, SeededChance(seed, "shop")).open(
        lambda now_ms: int(balancer.choose(now_ms, chance) or 0),
        lambda server, now_ms, took_ms: balancer.finished(str(server), now_ms, took_ms, True),
    )


def expected_of_one(servers: int) -> float:
    """A share `LOAD ** k` of the queues is at least `k` long: the `k` at which that is one queue."""
    return log(servers) / log(1 / LOAD)


def expected_in_turn(servers: int) -> float:
    """The same with a share `LOAD * s ** (k - 1)`, where `s` solves `s = (1 / (1 + (1 - s) / (LOAD n))) ** n`."""
    root = 0.5
    for _ in range(200):
        root = (1 / (1 + (1 - root) / (LOAD * servers))) ** servers if servers < 1_000 else exp(-(1 - root) / LOAD)
    return 1 + (log(servers) + log(LOAD)) / log(1 / root)


def expected_of_two(servers: int) -> float:
    """The same with a share `LOAD ** (2 ** k - 1)`: `log log n / log 2` and a constant."""
    return log2(1 + log(servers) / log(1 / LOAD))


def measured(blueprint: Blueprint, seed: int) -> tuple[list[Figure], Plot]:
    """For each number of servers the longest queue of the three, in the mean over `DAYS`, and what is to be expected."""
    days = [100 * seed + day for day in range(DAYS)]
    rows = {
        "one choice": [fmean(one_choice(servers, day) for day in days) for servers in SERVERS],
        "in turn": [fmean(in_turn(servers, day) for day in days) for servers in SERVERS],
        "the part: two choices": [fmean(two_choices(blueprint, servers, day) for day in days) for servers in SERVERS],
        "theory of two": [expected_of_two(servers) for servers in SERVERS],
    }
    at = tuple(map(float, SERVERS))
    figures = [
        figure(
            f"longest_queue_{name}", "customers", row[-1], f"{SERVERS[-1]} servers; theory: {theory(SERVERS[-1]):.1f}"
        )
        for name, row, theory in (
            ("one_choice", rows["one choice"], expected_of_one),
            ("in_turn", rows["in turn"], expected_in_turn),
            ("two_choices", rows["the part: two choices"], expected_of_two),
        )
    ]
    lines = tuple(Line(name, at, tuple(row)) for name, row in rows.items())
    title = f"The longest queue before servers that are busy {LOAD:.0%} of the time"
    return figures, Plot(title, "servers", "customers", lines, log_x=True)


def _forget(server: int, now_ms: int, took_ms: float) -> None:
    return None
