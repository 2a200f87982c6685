"""A small regional run, whole: what was acknowledged is there, on all continents, also when one goes dark."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twitterlab.course.system import system_of
from twitterlab.model.fault import Crash, FaultPlan, Scheduled
from twitterlab.parts.balancer import FirstBackend
from twitterlab.parts.replica import OneRegion
from twitterlab.parts.ring import OneShard
from twitterlab.platform.regional.layout import Layout, machine
from twitterlab.stage.regional import judging
from twitterlab.stage.regional.run import Run, start_ms
from twitterlab.stage.regional.seconds import served_percent
from twitterlab.stage.regional.snapshot import Snapshot
from twitterlab.world.trace import Trace

RATES = {"home": 60.0, "page": 20.0, "post": 8.0, "like": 8.0, "follow": 3.0, "unfollow": 2.0}
PEOPLE = 600
SYSTEM = system_of(2, mine=False)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def people() -> Snapshot:
    return Snapshot(PEOPLE, 1, start_ms())


def made(people: Snapshot, system=SYSTEM, plan: FaultPlan | None = None, seconds: float = 8.0, **more) -> Run:
    run = Run(system, people, 1, seconds, plan, rates=RATES, **more)
    run.go()
    return run


def measured(figures) -> dict[str, float]:
    return {figure.name: figure.measured for figure in figures}


def dark(seconds: float) -> FaultPlan:
    names = (*(member.name for member in Layout().members), "g1", "g2", "e1")
    lost = Scheduled(3_000, Crash(loses_power=True), tuple(machine("europe", name) for name in names), 5_000)
    return FaultPlan((lost,), seconds * 1_000, seconds * 1_000)


def test_everything_acknowledged_is_on_all_continents(people: Snapshot) -> None:
    found = measured(judging.promises(made(people)))

    assert found["acknowledged_writes"] > 50
    assert found["acknowledged_writes_lost"] == 0
    assert found["replicas_converged"] == 1


def test_people_are_served_while_a_continent_is_dark_and_nothing_is_lost(people: Snapshot) -> None:
    run = made(people, plan=dark(12), seconds=12)

    found = measured(judging.promises(run))

    assert found["acknowledged_writes_lost"] == 0
    assert found["replicas_converged"] == 1
    assert served_percent(run.by_continent.values(), 0, 12) > 99


def test_two_runs_of_a_seed_are_one(people: Snapshot) -> None:
    one, other = (Trace(1), Trace(1))

    made(people, seconds=2, trace=one)
    made(people, seconds=2, trace=other)

    assert one.sha256 == other.sha256
    assert one.written > 1_000


def test_without_replication_continents_disagree(people: Snapshot) -> None:
    found = measured(judging.promises(made(people, replace(SYSTEM, replica=OneRegion))))

    assert found["replicas_converged"] == 0
    assert found["acknowledged_writes_lost"] > 0


def test_without_a_ring_one_shard_does_all_the_work(people: Snapshot) -> None:
    even, all_on_one = (
        measured(judging.load(made(people, system)))["shard_load_max_over_mean"]
        for system in (SYSTEM, replace(SYSTEM, ring=OneShard))
    )

    assert even < 2
    assert all_on_one > 2.5


def test_without_a_balancer_a_dark_continent_is_not_served(people: Snapshot) -> None:
    run = made(people, replace(SYSTEM, balancer=FirstBackend), dark(12), 12)

    assert served_percent([run.by_continent["europe"]], 3, 8) < 99
