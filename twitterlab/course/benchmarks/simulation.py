"""Benchmark of the simulation: an M/M/1 queue at 80 % load of callbacks on the kernel, and of processes in SimPy."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from twitterlab.course.benchmarks.contest import Contest, Skip
from twitterlab.course.workbook import Workbook
from twitterlab.world.kernel import Kernel
from twitterlab.world.samplers import Exponential
from twitterlab.world.sim import SimWorld

LOAD = 0.8


@contextmanager
def prepare(book: Workbook, is_short: bool) -> Iterator[Contest]:
    if find_spec("simpy") is None:
        raise Skip("no simpy, the yardstick. Get it: `pip install simpy`")
    customers = 2_000 if is_short else 20_000
    events = on_kernel(3 * customers)
    gc.collect()
    gc.disable()  # as a simulation does
    try:
        yield Contest(
            lambda: on_kernel(3 * customers), lambda: on_simpy(customers), 3 * customers, customers,
            {"events a customer": events / (3 * customers)},
        )  # fmt: skip
    finally:
        gc.enable()


def on_kernel(customers: int) -> int:
    """How many events the queue took."""
    kernel, world = Kernel(), SimWorld(1)
    gap = Exponential(1 / LOAD).stream(world.chance("arrivals"))
    service = Exponential(1.0).stream(world.chance("services"))
    waiting: deque[int] = deque()
    served, is_busy = 0, False

    def arrive(left: int) -> None:
        nonlocal is_busy
        if left:
            kernel.after(gap(), arrive, left - 1)
        if is_busy:
            waiting.append(kernel.now_ns)
        else:
            is_busy = True
            kernel.after(service(), leave, kernel.now_ns)

    def leave(arrived_ns: int) -> None:
        nonlocal is_busy, served
        served += 1
        if waiting:
            kernel.after(service(), leave, waiting.popleft())
        else:
            is_busy = False

    arrive(customers - 1)
    kernel.run()
    assert served == customers
    return kernel.events


def on_simpy(customers: int) -> int:
    """The same; it also says how many."""
    import simpy

    world = SimWorld(1)
    gap = Exponential(1 / LOAD).stream(world.chance("arrivals"))
    service = Exponential(1.0).stream(world.chance("services"))
    environment = simpy.Environment()
    server = simpy.Resource(environment, 1)

    def customer() -> Any:
        with server.request() as request:
            yield request
            yield environment.timeout(service())

    def door() -> Any:
        for _ in range(customers):
            yield environment.timeout(gap())
            environment.process(customer())

    environment.process(door())
    environment.run()
    return int(next(environment._eid))
