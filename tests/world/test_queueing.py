"""Queues built from nodes behave as queueing theory says: M/M/1, M/M/c and a tandem, over many seeds.

Each seed is one observation, so the interval is Student's t over seeds: customers of one run depend on
each other. Sources: Kleinrock, "Queueing Systems" (1975); Burke (1956) for the tandem.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import fmean, stdev

import pytest

from twitterlab.world.node import Node
from twitterlab.world.samplers import Exponential
from twitterlab.world.sim import SimWorld

SERVICE_MS = 10.0
T_99_9 = {11: 4.437}  # Student's t, two-sided 99.9 %, by degrees of freedom


def erlang_c(servers: int, load: float) -> float:
    """The share of customers that wait; `load` in Erlang."""
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = load * blocked / (count + load * blocked)
    return servers * blocked / (servers - load * (1 - blocked))


def sojourn_tail(servers: int, arrival: float, service: float, t: float) -> float:
    """P(time in an M/M/c system > t), rates in customers a millisecond."""
    waits, spare = erlang_c(servers, arrival / service), servers * service - arrival
    if math.isclose(spare, service):
        return math.exp(-service * t) * (1 + waits * service * t)
    slow, quick = math.exp(-spare * t), math.exp(-service * t)
    return quick + waits * service / (service - spare) * (slow - quick)


def quantile_of(tail: Callable[[float], float], share: float) -> float:
    """Where a falling tail is `share`, by bisection."""
    low, high = 0.0, 100 * SERVICE_MS
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if tail(middle) > share else (low, middle)
    return low


def sojourns(seed: int, cores: Sequence[int], utilisation: float, customers: int, warm_up: int) -> list[float]:
    """Milliseconds that customers spend in stations in a row, each a node with exponential service."""
    world = SimWorld(seed)
    stations = [
        world.nodes.add(f"station-{number}", zone=str(number), cores=count) for number, count in enumerate(cores)
    ]
    arrivals = Exponential(SERVICE_MS / (cores[0] * utilisation)).stream(world.chance("arrivals"))
    took: list[float] = []

    async def customer() -> None:
        arrived = world.kernel.now_ns
        for station in stations:
            await station.cpu(Exponential(SERVICE_MS))
        took.append((world.kernel.now_ns - arrived) / 1e6)

    async def main(door: Node) -> None:
        for _ in range(customers + warm_up):
            await door.clock.sleep_ms(arrivals() / 1e6)
            door.spawn(customer())
        while len(took) < customers + warm_up:
            await door.clock.sleep_ms(100)

    world.run(main(world.nodes.add("door")))
    return took[warm_up:]


def assert_within(observed: Sequence[float], expected: float) -> None:
    """The expectation lies in the 99.9 % confidence interval of the mean of independent runs."""
    margin = T_99_9[len(observed) - 1] * stdev(observed) / math.sqrt(len(observed))
    assert abs(fmean(observed) - expected) <= margin, f"{fmean(observed):.3f} ± {margin:.3f}, theory {expected:.3f}"
    assert margin < 0.12 * expected, f"± {margin:.3f} of {expected:.3f} says nothing"


def p99(values: Sequence[float]) -> float:
    return sorted(values)[math.ceil(len(values) * 0.99) - 1]


@pytest.mark.parametrize(
    ("servers", "load", "expected"),
    [(2, 1, 1 / 3), (3, 2.4, 0.647191), (5, 4, 0.554113), (10, 8, 0.409180), (14, 10, 0.174132), (100, 90, 0.216940)],
)
def test_erlang_c_is_the_published_one(servers: int, load: float, expected: float) -> None:
    assert erlang_c(servers, load) == pytest.approx(expected, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("servers", "utilisation", "customers"), [(1, 0.5, 8_000), (1, 0.8, 24_000), (2, 0.7, 8_000), (5, 0.8, 8_000)]
)
def test_a_node_is_the_queue_that_theory_knows(servers: int, utilisation: float, customers: int) -> None:
    runs = [sojourns(seed, [servers], utilisation, customers, warm_up=800) for seed in range(12)]

    service = 1 / SERVICE_MS
    arrival = utilisation * servers * service
    wait = erlang_c(servers, arrival / service) / (servers * service - arrival)
    assert_within([fmean(run) for run in runs], wait + SERVICE_MS)
    tail = quantile_of(lambda t: sojourn_tail(servers, arrival, service, t), 0.01)
    assert_within([p99(run) for run in runs], tail)


@pytest.mark.slow
def test_two_queues_in_a_row_are_as_two_queues_apart() -> None:
    """Burke: what leaves an M/M/1 is Poisson again, and the two times in system are independent."""
    runs = [sojourns(seed, [1, 1], 0.6, customers=8_000, warm_up=800) for seed in range(12)]

    rate = (1 - 0.6) / SERVICE_MS
    assert_within([fmean(run) for run in runs], 2 / rate)
    tail = quantile_of(lambda t: math.exp(-rate * t) * (1 + rate * t), 0.01)  # Erlang-2
    assert_within([p99(run) for run in runs], tail)


def test_one_run_is_near_the_theory_too() -> None:
    """The quick version of the above: one seed at low load."""
    run = sojourns(1, [1], 0.3, customers=6_000, warm_up=100)

    assert fmean(run) == pytest.approx(SERVICE_MS / 0.7, rel=0.08)
