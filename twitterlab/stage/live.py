"""The live run: people on a whole platform, driven open-loop and judged by an oracle."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from redis import RedisError

from twitterlab.bench.openloop import OpenLoop, Outcome
from twitterlab.bench.oracle import Judgement, Oracle
from twitterlab.bench.population import Graph
from twitterlab.bench.workload import Action, Operation
from twitterlab.errors import BadInput
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.meter import Meter
from twitterlab.parts.queue import QueuePolicy
from twitterlab.platform.platform import IDLE_MS, Platform
from twitterlab.stage.accidents import Accidents
from twitterlab.stage.breaking import (
    BREAKABLE,
    DEAD_MS,
    LEASE_MS,
    PRIMARY,
    STEP_MS,
    Break,
    KillablePrimary,
    Orders,
    obey,
)
from twitterlab.stage.judging import judge
from twitterlab.stage.patience import within
from twitterlab.stage.people import People
from twitterlab.stage.pulse import Pulse
from twitterlab.stage.spies import UNCOUNTED, CacheSpy, TimelineSpy
from twitterlab.stage.visibility import Visibility
from twitterlab.storage.stores import Stores
from twitterlab.world.live import LiveClock
from twitterlab.world.world import World

POPULATE_S, DRAIN_S = 60.0, 5.0
OVERTIME, LEAST_S = 3.0, 30.0
"""A run is cut off after this many times its planned duration, and not before so many seconds."""
TRIAL_S = 1.5
BUSY_SHARE = 0.7
"""Of what the trial reached one after the other, where each waits for the disk: together they reach more. Nearer to
its limit a system only measures its queue."""
RATES_PER_S = 300.0, 1_400.0
"""The least and the most that is offered, in operations a second."""
LEAST_BESIDE_PER_S = 100.0
"""The least where something breaks beside it: how much people can do is not the question then."""
SHOWN_EVERY = 250
"""Operations between two steps of the progress bar."""
MOST_SHOWN = 500
"""Outbox events that are counted for the pulse."""
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run leaves behind. `meter` is the part that sat in the gateway; `rate_per_s` was offered."""

    outcome: Outcome
    judged: Judgement
    delivered: int
    redelivered: int
    hit_percent: float
    visibility: Visibility
    meter: Meter
    accidents: Accidents
    operations: int
    rate_per_s: float


class LiveRun:
    """One population on one platform. `progress` gets shares in [0, 1] of this run."""

    def __init__(
        self,
        blueprint: Blueprint,
        world: World,
        stores: Stores,
        redis: Any,
        graph: Graph,
        progress: Progress,
        platform: Callable[..., Platform] = Platform,
        orders: Path | None = None,
        busy_share: float = BUSY_SHARE,
        beside: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`beside` runs beside people's acts; deliveries are waited for when both are over."""
        self._busy_share, self._beside = busy_share, beside
        self._world, self._stores, self._graph, self._progress = world, stores, graph, progress
        self._oracle, self._accidents = Oracle(), Accidents()
        stores.timelines = TimelineSpy(stores.timelines, self._oracle)
        spies: list[CacheSpy] = []

        def spied(*collaborators: Any) -> CacheSpy:
            spies.append(CacheSpy(blueprint.cache(*collaborators)))
            return spies[-1]

        self._blueprint, self._redis = blueprint, redis
        self._policy = QueuePolicy(lease_ms=LEASE_MS) if orders else QueuePolicy()
        self._orders = Orders(orders) if orders else None
        self._platform = platform(replace(blueprint, cache=spied), world, stores, redis, self._policy)
        self._cache = spies[0]
        self._people = People(self._platform.client, world, self._oracle, self._accidents)
        self._planned = 0
        self._pulse = Pulse(world, self._depths, self._cache.hit_percent, lambda: self._oracle.delivered, self._obey)
        self._worker: asyncio.Future[bool] | None = None
        self._workers = 0
        self._primary = None
        if stores.replicated is not None:
            self._primary = KillablePrimary(stores.replicated, world.clock, self._tell)

    async def run(self, trial: Sequence[Operation], plan: Callable[[float], Sequence[Operation]]) -> Measured:
        """People come, act, wait until everything is delivered, and are asked what they see.

        `plan` makes the schedule for a rate in operations a second, which depends on how fast this machine is.
        """
        people, watch = self._people, self._world.stopwatch_ns
        await self._populate()
        rate_per_s = await self._rate(trial)
        delivered_before = self._oracle.delivered
        outcome = await self._drive(plan(rate_per_s), rate_per_s)
        hit_percent = self._cache.hit_percent()
        delivered = self._oracle.delivered - delivered_before
        self._progress("waiting for deliveries", 0.8)
        await self._drain()
        asking = self._stage("everybody's timeline is judged", 0.85, 1.0)
        judged = await judge(self._platform.client, self._oracle, people.known, self._accidents, watch, asking)
        operations = sum(outcome.done.values()) + self._accidents.limited
        return Measured(
            outcome, judged, delivered, self._oracle.redelivered, hit_percent, people.visibility,
            self._platform.meter, self._accidents, operations, rate_per_s,
        )  # fmt: skip

    async def _populate(self) -> None:
        """Everybody signs up. BadInput where that takes too long: nothing can be measured then."""
        progress = self._stage("people sign up", 0.0, 0.1)
        try:
            await within(POPULATE_S, self._people.sign_up(self._graph, self._stores.follows, progress))
        except TimeoutError:
            raise BadInput(
                f"{len(self._people.known):,} of {self._graph.users:,} people could sign up in {POPULATE_S:g} s",
                "Ask for fewer, or look at who makes ids (snowflake) and keeps accounts (schema).",
            ) from None

    async def _rate(self, trial: Sequence[Operation]) -> float:
        """What to offer: a share of what this machine serves when operations follow one another, fan-out included.

        The trial also loads what is only loaded at its first use."""
        UNCOUNTED.set(True)
        started_ns, done = self._world.stopwatch_ns(), 0
        for operation in trial:
            await self._people.perform(operation)
            if operation.action is Action.POST:
                await self._careful(within(TRIAL_S, self._platform.step()))
            done += 1
            if self._world.stopwatch_ns() - started_ns > TRIAL_S * 1e9:
                break
        UNCOUNTED.set(False)
        least, most = RATES_PER_S if self._beside is None else (LEAST_BESIDE_PER_S, RATES_PER_S[1])
        return min(max(self._busy_share * done * 1e9 / (self._world.stopwatch_ns() - started_ns), least), most)

    async def _drive(self, schedule: Sequence[Operation], rate_per_s: float) -> Outcome:
        """The schedule, with the platform's worker beside it, until the last follower has seen their tweet."""
        stop = asyncio.Event()
        worker, pulse = asyncio.ensure_future(self._work(stop)), asyncio.ensure_future(self._pulse.beat())
        if self._orders is not None:
            more = [PRIMARY] if self._primary is not None else []
            self._world.emit("breakable", what=[*BREAKABLE, *more])
        self._planned, self._people.acts = len(schedule), 0
        self._people.started_ns = self._world.stopwatch_ns()
        loop = OpenLoop(self._world.clock, self._world.stopwatch_ns, self._perform)
        beside = asyncio.ensure_future(self._beside()) if self._beside is not None else None
        outcome = await loop.run(schedule, max(LEAST_S, OVERTIME * len(schedule) / rate_per_s))
        if beside is not None:
            await beside
        if self._primary is not None:
            await self._primary.is_back()
        await self._people.visibility.finish()
        pulse.cancel()
        stop.set()
        try:
            await within(DRAIN_S, asyncio.wait([worker]))
        except TimeoutError:
            worker.cancel()  # it waits for something that never comes
        return outcome

    async def _perform(self, operation: Operation) -> bool:
        if self._people.acts % SHOWN_EVERY == 0:
            self._progress("people read and post", 0.1 + 0.7 * min(self._people.acts / self._planned, 1.0))
        is_done = await self._people.perform(operation)
        due_ns = self._people.started_ns + operation.at_ns
        self._pulse.record(operation, (self._world.stopwatch_ns() - due_ns) / 1e6, is_done)
        return is_done

    async def _depths(self) -> tuple[int, int]:
        """Events in the stream, and in the outbox up to `MOST_SHOWN`. A store that is away has none to show."""
        try:
            waiting = await self._platform.backlog()
            return waiting, len(await self._stores.outbox.pending(MOST_SHOWN))
        except Exception:
            return 0, 0

    async def _work(self, stop: asyncio.Event) -> None:
        """The platform's background worker, started again whenever it breaks."""
        while not stop.is_set():
            self._worker = asyncio.ensure_future(self._careful(self._platform.run(stop)))
            try:
                await asyncio.wait([self._worker])
            except asyncio.CancelledError:
                self._worker.cancel()
                raise
            if self._worker.cancelled():
                await self._replace_worker()
            elif not self._worker.result():
                await self._world.clock.sleep_ms(IDLE_MS)

    async def _obey(self) -> None:
        """Break what was asked for since the last beat."""
        if self._orders is not None:
            breaks: dict[str, Break] = {
                "worker": self._kill_worker, "cache": self._flush_cache, "clock": self._step_clock,
            }  # fmt: skip
            if self._primary is not None:
                breaks[PRIMARY] = self._primary.kill
            await obey(self._orders, breaks)

    async def _kill_worker(self) -> None:
        if self._worker is not None and not self._worker.done():
            self._tell("begin", "KillWorker", f"worker-{self._workers}")
            self._worker.cancel()

    async def _replace_worker(self) -> None:
        """A killed worker is gone with all it knew; a second later another one starts, under another name."""
        await self._world.clock.sleep_ms(DEAD_MS)
        self._workers += 1
        name = f"worker-{self._workers}"
        chance = self._world.chance(f"queue/{name}")
        self._platform.queue = self._blueprint.queue(self._redis, self._world.clock, chance, self._policy, name)
        self._tell("end", "KillWorker", name)

    async def _flush_cache(self) -> None:
        server = self._stores.copies or self._redis
        names: list[bytes] = []
        with suppress(RedisError, OSError):  # who is away has forgotten all by itself, or will
            names = [name async for name in server.scan_iter(match="cache:*", count=1_000)]
            if names:
                await server.delete(*names)
        self._tell("begin", "FlushCache", f"{len(names)} entries")

    async def _step_clock(self) -> None:
        clock = self._world.clock
        if isinstance(clock, LiveClock):
            clock.step_ms += STEP_MS
            self._tell("begin", "ClockStep", f"{STEP_MS} ms")

    def _tell(self, phase: str, fault: str, target: str) -> None:
        self._world.emit("fault", phase=phase, fault=fault, target=[target], settings={})

    async def _drain(self) -> None:
        """What has not arrived in time is lost, and counted as such."""
        await self._careful(within(DRAIN_S, self._platform.drain()), quiet=(TimeoutError,))

    async def _careful(self, work: Any, quiet: tuple[type[Exception], ...] = ()) -> bool:
        """Whether the worker's `work` came to its end; a failure is an accident, save the `quiet` ones."""
        try:
            await work
        except quiet:
            return False
        except Exception as error:
            self._accidents.happened(error, "fan-out worker")
            return False
        return True

    def _stage(self, step: str, start: float, end: float) -> Callable[[float], None]:
        """A progress function for one stretch of the run."""
        return lambda share: self._progress(step, start + (end - start) * share)
