"""Calibration: what every operation of the Week-1 system costs on this machine, measured one after the other.

The whole platform runs on SQLite, on a real disk, with Redis in process, as `twitterlab week 1` runs it. Of each
operation all that its own operations took is taken off. The result is a profile: service-time distributions by
operation, with their origin, which a simulated node is given (`charging.py`).
"""

from __future__ import annotations

import asyncio
import os
import platform as machine
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from math import fsum
from pathlib import Path
from statistics import fmean, median
from typing import Any

from twitterlab.bench.openloop import OpenLoop
from twitterlab.bench.population import generate
from twitterlab.bench.workload import Action, Operation, operations
from twitterlab.errors import BadInput
from twitterlab.parts.blueprint import Blueprint
from twitterlab.stage.charging import COMMIT, WAKE
from twitterlab.stage.costs import TURN, Call, Kind, WatchedRun, power, watch_redis, watch_stores
from twitterlab.stage.profile import Profile, quantiles
from twitterlab.storage.engines import open_engine
from twitterlab.world.live import LiveWorld, cpu_ns, stopwatch_ns

PEOPLE, SEED = 1_000, 1
MEASURE_S, TOGETHER_S = 10.0, 4.0
WARM_OPERATIONS = 500
"""Operations that are not counted: what is loaded at its first use, caches, prepared statements."""
MOST_OPERATIONS = 20_000
IDLE_EVERY = 4
"""Operations between two rounds of the worker, as many as pass while it sleeps."""
WATCHES, WATCHES_EACH = 200, 20
TURNS, TURNS_PER_S, TURNS_A_SAMPLE = 1_500, 500.0, 50
SERVER_CALLS = 3_000
LEAST_SAMPLES = 2
BUSY_SHARE = 0.7
"""Of what one by one can do, while many are under way: as the live run has it."""
Progress = Callable[[str, float], None]


class Measuring:
    """`Costs` of one flow of calls: samples in milliseconds, each without what its own operations took.

    Of a write the processor time is the operation's cost; the rest is what it waited for its commit.
    """

    def __init__(self) -> None:
        self.samples: dict[str, list[float]] = {}
        self.is_on = False
        self._inner_ns: list[int] = [0]
        self.shares: list[float] = []
        self._began_ns, self._should_ms = 0, 0.0
        self._mean_ms: dict[str, float] = {}
        self._watching_ns = 0  # what it costs an operation that one of its own is watched

    def begin(self) -> None:
        """From now on take samples."""
        self.is_on, self._began_ns = True, cpu_ns()

    def count(self, operations: int) -> None:
        """From now on take none, and add up what the operations should take by the samples there are."""
        self._mean_ms = {name: fmean(samples) for name, samples in self.samples.items()}
        self._should_ms = operations * self._mean_ms.get(TURN, 0.0)
        self._began_ns = cpu_ns()

    def end(self) -> None:
        """How much processor time was taken, of what was or should be."""
        should_ms = (
            self._should_ms
            if self._mean_ms
            else fsum(ms for name, samples in self.samples.items() if name not in COMMIT.values() for ms in samples)
        )
        self.shares.append((cpu_ns() - self._began_ns) / 1e6 / should_ms if should_ms else 1.0)
        self.is_on, self._mean_ms = False, {}

    async def settle(self) -> None:
        """Find out what watching itself costs, to take it off from now on."""
        self.is_on = True
        for _ in range(WATCHES):
            await self.spend("outer", "inline", self._outer)
        self.is_on = False
        self._watching_ns = round(median(self.samples.pop("outer")) * 1e6 / WATCHES_EACH)
        del self.samples["inner"]

    async def _outer(self) -> None:
        for _ in range(WATCHES_EACH):
            await self.spend("inner", "inline", _nothing)

    async def spend(self, operation: str, kind: Kind, call: Call, is_sized_by_answer: bool = False) -> Any:
        if not self.is_on:
            answer = await call()
            name = f"{operation}.{power(answer)}" if is_sized_by_answer else operation
            self._should_ms += self._mean_ms.get(name, 0.0) if self._mean_ms and name != TURN else 0.0
            return answer
        self._inner_ns.append(0)
        is_write = kind in COMMIT
        worked_ns, started_ns = cpu_ns() if is_write else 0, stopwatch_ns()
        try:
            answer = await call()
        finally:
            took_ns, worked_ns = stopwatch_ns() - started_ns, cpu_ns() - worked_ns if is_write else 0
            inner_ns = self._inner_ns.pop()
            self._inner_ns[-1] += took_ns + self._watching_ns
        name = f"{operation}.{power(answer)}" if is_sized_by_answer else operation
        if is_write:
            self._note(name, min(worked_ns, took_ns))
            self._note(COMMIT[kind], max(0, took_ns - worked_ns))
        else:
            self._note(name, max(0, took_ns - inner_ns))
        return answer

    def _note(self, name: str, ns: int) -> None:
        self.samples.setdefault(name, []).append(ns / 1e6)


async def _nothing() -> None:
    return None


class MeasuredRun(WatchedRun):
    """A live run that does one thing at a time; then, for a while, as many at once as come."""

    async def one_by_one(self, plan: Sequence[Operation], costs: Measuring) -> float:
        """Every operation's samples; gives how many were done in a second."""
        self._planned = len(plan)
        await self._populate()
        started_ns = stopwatch_ns()
        for number, operation in enumerate(plan):
            if number == WARM_OPERATIONS:
                costs.begin()
            await self._perform(operation)
            if operation.action is Action.POST or number % IDLE_EVERY == 0:
                await self._platform.step()
            passed_s = (stopwatch_ns() - started_ns) / 1e9
            if passed_s > MEASURE_S:
                break
        costs.end()
        return number / passed_s

    async def together(self, plan: Sequence[Operation], rate_per_s: float, costs: Measuring) -> None:
        """The open loop, with the worker beside it: what the same operations then cost together."""
        costs.count(len(plan))
        await self._drive(plan, rate_per_s)
        costs.end()


def measure(blueprint: Blueprint, progress: Progress, command: str) -> Profile:
    """Everything, in less than half a minute on a machine that has nothing else to do."""
    samples, found, crowding = asyncio.run(_measured(blueprint, progress))
    progress("done", 1.0)
    enough = {name: values for name, values in sorted(samples.items()) if len(values) >= LEAST_SAMPLES}
    return Profile(
        _origin(command, found),
        {name: len(values) for name, values in enough.items()},
        {name: quantiles(values) for name, values in enough.items()},
        round(crowding, 4),
    )


async def _measured(blueprint: Blueprint, progress: Progress) -> tuple[dict[str, list[float]], dict[str, str], float]:
    costs, world = Measuring(), LiveWorld(SEED)
    plan = list(operations(PEOPLE, MOST_OPERATIONS, 1.0, SEED))
    await costs.settle()
    progress("what the bench itself costs", 0.01)
    turns_ms, late_ms = await _turns_ms(world)
    with tempfile.TemporaryDirectory(prefix="twitterlab-") as folder:
        async with open_engine("sqlite", Path(folder), blueprint.schema()) as (stores, redis):
            run = MeasuredRun(
                costs=costs, blueprint=blueprint, world=world, stores=watch_stores(stores, costs),
                redis=watch_redis(redis, costs), graph=generate(PEOPLE, SEED), progress=_silent,
            )  # fmt: skip
            progress("operations, one by one", 0.1)
            rate_per_s = BUSY_SHARE * await run.one_by_one(plan, costs)
            progress("operations, together", 0.6)
            costs.samples[TURN] = turns_ms
            await run.together(
                list(operations(PEOPLE, round(TOGETHER_S * rate_per_s), rate_per_s, SEED + 1)), rate_per_s, costs
            )
    costs.samples[WAKE] = late_ms
    progress("a Valkey server", 0.95)
    alone, together = costs.shares
    return costs.samples, {"valkey": await _server(costs.samples)}, together / alone


def _silent(step: str, share: float) -> None:
    return None


async def _turns_ms(world: LiveWorld) -> tuple[list[float], list[float]]:
    """Of the open loop with operations that do nothing: processor time of one, and how late they begin."""
    worked_ms, late_ms = [], []
    for number in range(TURNS // TURNS_A_SAMPLE):
        plan = list(operations(PEOPLE, TURNS_A_SAMPLE, TURNS_PER_S, number))
        before_ns, started_ns = cpu_ns(), stopwatch_ns()

        async def nothing(operation: Operation, started_ns: int = started_ns) -> bool:
            late_ms.append(max(0, stopwatch_ns() - started_ns - operation.at_ns) / 1e6)
            return True

        await OpenLoop(world.clock, stopwatch_ns, nothing).run(plan, MEASURE_S)
        worked_ms.append((cpu_ns() - before_ns) / 1e6 / TURNS_A_SAMPLE)
    return worked_ms, late_ms


async def _server(samples: dict[str, list[float]]) -> str:
    """Round trips to a Valkey of this machine, and its name; nothing where there is none."""
    from twitterlab.servers import valkey

    with suppress(BadInput), valkey.open(None, valkey.VOLATILE) as server:
        client = server.client()
        await client.set("key", b"value")
        for _ in range(SERVER_CALLS):
            started_ns = stopwatch_ns()
            await client.get("key")
            samples.setdefault("valkey.round_trip", []).append((stopwatch_ns() - started_ns) / 1e6)
        await client.aclose()
        return str(server.label())
    return "none on this machine"


def _origin(command: str, found: Mapping[str, str]) -> dict[str, Any]:
    return {
        "command": command,
        "machine": f"{os.cpu_count()} cores, {machine.machine()}, {machine.system()} {machine.release()}",
        "processor": _processor(),
        "python": sys.version.split()[0],
        "twitterlab": version("twitterlab"),
        "sqlite": sqlite3.sqlite_version,
        "redis-py": version("redis"),
        "fakeredis": version("fakeredis"),
        **found,
        "people": PEOPLE,
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return machine.processor() or "unknown"
