"""A fan-out worker dies at every step it takes: what is lost, and what arrives twice?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from twitterlab.bench.finding import Finding
from twitterlab.bench.plots import Line, Plot
from twitterlab.model.figure import Figure
from twitterlab.parts.given import Chance, Clock
from twitterlab.parts.queue import Event, Queue, QueuePolicy
from twitterlab.stage.mortal import Killed, Life, MortalRedis
from twitterlab.world.chance import SeededChance
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.virtual import VirtualClock, run_virtual

MakeQueue = Callable[[Any, Clock, Chance, QueuePolicy, str], Queue]
EVENTS = 6
FOLLOWERS = (101, 102, 103)
MAX_STEPS = 500
MAX_ROUNDS = 40
"""Rounds of the heir, a quarter of a lease apart: ten leases to take everything over."""


def run(make: MakeQueue, without: MakeQueue, seed: int) -> Finding:
    """One run for every step of a worker's life: it dies there, another takes over."""
    deaths, lost, repeated = _every_death(make, seed)
    _, null_lost, null_repeated = _every_death(without, seed)
    return Finding(
        "What does a follower miss, or see twice, when the worker dies at any step?",
        ("nothing at all", "it misses some", "it sees some twice", "both"),
        0,
        f"{deaths} deaths, one at every step: {lost} deliveries lost, {repeated} repeated; "
        f"without the part {null_lost} lost, {null_repeated} repeated.",
        (
            Figure("worker_deaths", "deaths", deaths, "simulated", "fakeredis"),
            Figure("worker_death_lost", "deliveries", lost, "simulated", "fakeredis", note="over all deaths"),
            Figure(
                "worker_death_lost_without", "deliveries", null_lost, "simulated", "fakeredis", note="the null part"
            ),
            Figure(
                "worker_death_repeated",
                "deliveries",
                repeated,
                "simulated",
                "fakeredis",
                note="over all deaths",
            ),
            Figure(
                "worker_death_repeated_without",
                "deliveries",
                null_repeated,
                "simulated",
                "fakeredis",
                note="the null part",
            ),
        ),
        (
            Plot(
                "Deliveries that a dying worker loses",
                "",
                "deliveries",
                (Line("queue", (0,), (lost,)), Line("no queue", (0,), (null_lost,))),
                kind="bar",
                note=f"One run for each of {deaths} steps; a queue acknowledges last, so nothing is lost.",
            ),
        ),
    )


def _every_death(make: MakeQueue, seed: int) -> tuple[int, int, int]:
    """(deaths, deliveries lost, deliveries repeated) over all runs."""
    deaths = lost = repeated = 0
    for step in range(1, MAX_STEPS):
        life = Life(step)
        timelines = run_virtual(lambda clock, life=life: _one_death(make, seed, life, clock))  # type: ignore[misc]
        expected = Counter({(event.id, user): 1 for event in _events() for user in FOLLOWERS})
        lost += (expected - timelines).total()
        repeated += (timelines - expected).total()
        if not life.is_over:
            break
        deaths += 1
    return deaths, lost, repeated


async def _one_death(make: MakeQueue, seed: int, life: Life, clock: VirtualClock) -> Counter[tuple[int, int]]:
    """How often every event reached every follower in the end."""
    redis, policy, outbox, timelines = fake_redis(), QueuePolicy(), Rows(_events()), Counter[tuple[int, int]]()
    try:
        first = make(MortalRedis(redis, life), clock, SeededChance(seed, "first"), policy, "first")
        while outbox.rows or timelines.total() < EVENTS * len(FOLLOWERS):
            await first.relay(MortalOutbox(outbox, life))
            if not await first.work(Reach(timelines, life)) and not outbox.rows:
                break
    except Killed:
        life.resurrect()
        heir = make(redis, clock, SeededChance(seed, "heir"), policy, "heir")
        for _ in range(MAX_ROUNDS):
            await heir.relay(outbox)
            await heir.work(Reach(timelines, life))
            await clock.sleep_ms(policy.lease_ms / 4)
    await redis.aclose()
    return timelines


def _events() -> list[Event]:
    """Two authors take turns."""
    return [Event(1_000 + number, "posted", 1 + number % 2, 1_000 + number) for number in range(EVENTS)]


class Rows:
    """An outbox that survives."""

    def __init__(self, rows: list[Event]) -> None:
        self.rows = rows

    async def pending(self, limit: int) -> Sequence[Event]:
        return self.rows[:limit]

    async def done(self, event_ids: Sequence[int]) -> None:
        self.rows = [row for row in self.rows if row.id not in set(event_ids)]


class MortalOutbox:
    """The same, as seen by who may die before or after each call."""

    def __init__(self, rows: Rows, life: Life) -> None:
        self._rows, self._life = rows, life

    async def pending(self, limit: int) -> Sequence[Event]:
        return await self._life.around(self._rows.pending(limit))

    async def done(self, event_ids: Sequence[int]) -> None:
        await self._life.around(self._rows.done(event_ids))


class Reach:
    """Deliveries that count how often each event reached each follower."""

    def __init__(self, timelines: Counter[tuple[int, int]], life: Life) -> None:
        self._timelines, self._life = timelines, life

    async def recipients(self, event: Event) -> Sequence[int]:
        self._life.step()
        return FOLLOWERS

    async def missing(self, event: Event, user_ids: Sequence[int]) -> Sequence[int]:
        self._life.step()
        return [user for user in user_ids if not self._timelines[event.id, user]]

    async def deliver(self, event: Event, user_ids: Sequence[int]) -> None:
        self._life.step()
        self._timelines.update((event.id, user) for user in user_ids)
        self._life.step()
