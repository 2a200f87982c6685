"""Speed of the simulation, as ratios to SimPy in the same run: absolute figures belong to one machine.

The same M/M/1 queue at 80 % load, three ways: callbacks on the kernel, asyncio code on the same clock,
and SimPy. Then messages between nodes: bare steps, serialised, serialised and traced.
"""

from __future__ import annotations

import gc
import json
import math
from collections.abc import Callable
from time import process_time_ns
from typing import Any

import pytest

from twitterlab.course.benchmarks import simulation
from twitterlab.course.benchmarks.simulation import LOAD
from twitterlab.world.kernel import Kernel
from twitterlab.world.links import Link
from twitterlab.world.network import Network
from twitterlab.world.node import Node
from twitterlab.world.places import Place
from twitterlab.world.samplers import Exponential
from twitterlab.world.sim import SimWorld
from twitterlab.world.trace import Trace

ROUNDS = 5


def on_asyncio(customers: int) -> float:
    """Seconds for the same queue of tasks on a node's core."""
    world = SimWorld(1)
    server, door = world.nodes.add("server"), world.nodes.add("door")
    gap = Exponential(1 / LOAD).stream(world.chance("arrivals"))
    served = 0

    async def customer() -> None:
        nonlocal served
        await server.cpu(Exponential(1.0))
        served += 1

    async def main() -> None:
        for _ in range(customers):
            await world.clock.sleep_ms(gap() / 1e6)
            door.spawn(customer())
        while served < customers:
            await world.clock.sleep_ms(1)

    return timed(lambda: world.run(main()))


def on_simpy(customers: int) -> tuple[float, int]:
    """Seconds for the same queue of SimPy processes, and the events it took."""
    events: list[int] = []
    return timed(lambda: events.append(simulation.on_simpy(customers))), events[0]


class Relay:
    """A part that steps: it passes what it gets to the next node, until it has passed enough."""

    def __init__(self, following: str, budget: list[int]) -> None:
        self.following, self.budget, self.seen = following, budget, 0

    def step(self, message: int) -> tuple[tuple[str, int], ...]:
        self.seen += 1
        self.budget[0] -= 1
        return ((self.following, message + 1),) if self.budget[0] > 0 else ()


def by_steps(messages: int, nodes: int = 10, in_flight: int = 100) -> float:
    """Seconds for messages between parts that step, as objects that nobody changes."""
    kernel, world = Kernel(), SimWorld(1)
    network = Network(kernel, world.chance)
    budget = [messages - in_flight]
    for number in range(nodes):
        relay = Relay(f"n{(number + 1) % nodes}", budget)

        links: dict[str, Link] = {}  # as programs hold connections open

        def receive(
            _: str, frame: Any, relay: Relay = relay, links: dict[str, Link] = links, name: str = f"n{number}"
        ) -> None:
            for target, out in relay.step(frame):
                link = links.get(target)
                if link is None:
                    link = links[target] = network.link(name, target)
                link.carry(out)

        network.attach(f"n{number}", Place(), receive)
    for number in range(in_flight):
        network.carry(f"n{number % nodes}", f"n{(number + 1) % nodes}", 0)
    seconds = timed(kernel.run)
    assert network.carried >= messages - in_flight
    return seconds


def by_nodes(messages: int, trace: Trace | None = None, nodes: int = 10, in_flight: int = 100) -> float:
    """Seconds for messages between whole nodes: serialised, handled, and traced if there is a trace."""
    world = SimWorld(1, trace)
    budget = [messages - in_flight]

    def program(node: Node) -> None:
        relay = Relay(f"n{(int(node.name[1:]) + 1) % nodes}", budget)

        def receive(message: int) -> None:
            for target, out in relay.step(message):
                node.send(target, "pass", out)

        node.serve("pass", receive)

    for number in range(nodes):
        world.nodes.add(f"n{number}", program)
    for number in range(in_flight):
        world.nodes[f"n{number % nodes}"].send(f"n{(number + 1) % nodes}", "pass", 0)
    return timed(world.kernel.run)


def timed(run: Callable[[], object]) -> float:
    """Processor seconds, so that neighbours do not count; without the collector, which a simulation keeps off."""
    gc.collect()
    gc.disable()
    try:
        started = process_time_ns()
        run()
        return (process_time_ns() - started) / 1e9
    finally:
        gc.enable()


def rates() -> dict[str, float]:
    """The best of interleaved rounds, per second."""
    best = dict.fromkeys(("kernel", "asyncio", "simpy", "simpy_events", "steps", "nodes", "nodes_traced"), math.inf)
    for _ in range(ROUNDS):
        seconds, events = on_simpy(20_000)
        found = {
            "kernel": timed(lambda: simulation.on_kernel(60_000)) / 60_000,
            "asyncio": on_asyncio(15_000) / 15_000,
            "simpy": seconds / 20_000,
            "simpy_events": seconds / events,
            "steps": by_steps(100_000) / 100_000,
            "nodes": by_nodes(30_000) / 30_000,
            "nodes_traced": by_nodes(10_000, Trace()) / 10_000,
        }
        best = {name: min(best[name], found[name]) for name in best}
    return {name: 1 / seconds for name, seconds in best.items()}


@pytest.mark.slow
def test_the_simulation_keeps_up_with_simpy(capsys: pytest.CaptureFixture[str]) -> None:
    found = rates()
    ratios = {
        "kernel customers / simpy customers": found["kernel"] / found["simpy"],
        "asyncio customers / simpy customers": found["asyncio"] / found["simpy"],
        "stepped messages / simpy events": found["steps"] / found["simpy_events"],
        "serialised messages / simpy events": found["nodes"] / found["simpy_events"],
        "traced messages / simpy events": found["nodes_traced"] / found["simpy_events"],
    }
    with capsys.disabled():
        print()
        print(json.dumps({"per second": {name: round(rate) for name, rate in found.items()}}))
        print(json.dumps({"ratios": {name: round(ratio, 2) for name, ratio in ratios.items()}}))

    assert ratios["kernel customers / simpy customers"] >= 5
    assert ratios["asyncio customers / simpy customers"] >= 0.3
    assert ratios["stepped messages / simpy events"] >= 1
