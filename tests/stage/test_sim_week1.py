"""The Week-1 system in the simulated world: what it promises holds under faults, and what is wrong is caught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from solutions.week1.day1_snowflake import Snowflake
from solutions.week1.day4_queue import FanoutQueue
from twitterlab.bench.report import Report
from twitterlab.model.fault import Crash, FaultPlan, Lossy, Scheduled
from twitterlab.model.figure import Figure
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.queue import Deliveries, Event
from twitterlab.parts.snowflake import IdFields, Wait
from twitterlab.stage import scenario as stage
from twitterlab.stage import sim_week1
from twitterlab.stage.options import LabOptions
from twitterlab.stage.profile import read
from twitterlab.stage.scenario import Outcome, case_of
from twitterlab.stage.scenarios.week1 import Week1
from twitterlab.stage.simulation import find
from twitterlab.world.twice import twice
from weeks.week1 import WEEK

PEACE = FaultPlan((), 10_000, 15_000)
TROUBLE = FaultPlan(
    (
        Scheduled(1_000, Crash(), ("worker",), 700),
        Scheduled(1_500, Lossy(0.2), ("redis",), 6_000),
        Scheduled(3_000, Crash(), ("gateway",), 400),
        Scheduled(4_000, Crash(), ("redis",), 900),
        Scheduled(5_500, Crash(), ("worker",), 300),
    ),
    10_000,
    15_000,
)


def outcome(blueprint: Blueprint, seed: int = 1, plan: FaultPlan | None = TROUBLE) -> Outcome:
    scenario = Week1(blueprint)
    return stage.run(scenario, case_of(scenario, seed, plan))


def broken(blueprint: Blueprint, plan: FaultPlan = TROUBLE) -> set[str]:
    return {violation.promise for violation in outcome(blueprint, plan=plan).violations}


@pytest.mark.slow
def test_crashes_and_lost_messages_lose_nothing_and_repeat_nothing(solutions: Blueprint) -> None:
    found = outcome(solutions)

    assert found.violations == ()
    assert sum('"post"' in line and '"ok"' in line for line in found.history) >= 10


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_every_drawn_plan_is_survived(solutions: Blueprint, seed: int) -> None:
    found = outcome(solutions, seed, plan=None)

    assert found.violations == (), f"twitterlab simulate week1 --seed {seed}"


class DroppingQueue(FanoutQueue):
    """Half of all events are finished without being delivered."""

    async def work(self, deliveries: Deliveries) -> int:
        return await super().work(_Dropping(deliveries))


class _Dropping:
    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries

    async def recipients(self, event: Event) -> Sequence[int]:
        return [] if (event.id >> 22) % 2 else await self._deliveries.recipients(event)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._deliveries, name)


class EarlyQueue(FanoutQueue):
    """Forgets the outbox first and fills the stream second: a crash in between loses the event."""

    async def relay(self, outbox: Any) -> int:
        events = await outbox.pending(self._policy.batch)
        await outbox.done([event.id for event in events])
        await outbox.delivered([event.id for event in events])
        await self._log.append(events)
        return len(events)


class RepeatingQueue(FanoutQueue):
    """Asks nobody whether it was there before, and delivers everything twice."""

    async def work(self, deliveries: Deliveries) -> int:
        return await super().work(_Twice(deliveries))


class _Twice(_Dropping):
    async def recipients(self, event: Event) -> Sequence[int]:
        return await self._deliveries.recipients(event)

    async def deliver(self, event: Event, user_ids: Sequence[int]) -> None:
        await self._deliveries.deliver(event, user_ids)
        await self._deliveries.deliver(event, user_ids)


class RepeatingIds(Snowflake):
    """No sequence and no milliseconds: every id of a second is the same."""

    def next_id(self, now_ms: int) -> int | Wait:
        return self.encode(IdFields(now_ms // 1_000 * 1_000, self._machine, 0))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("slot", "part", "plan", "promise"),
    [
        ("queue", DroppingQueue, PEACE, "nothing lost"),
        ("queue", EarlyQueue, TROUBLE, "nothing lost"),
        ("queue", RepeatingQueue, PEACE, "delivered once"),
        ("snowflake", RepeatingIds, PEACE, "ids are unique"),
    ],
)
def test_a_wrong_part_is_caught(solutions: Blueprint, slot: str, part: type, plan: FaultPlan, promise: str) -> None:
    assert promise in broken(replace(solutions, **{slot: part}), plan)


@pytest.mark.slow
def test_the_same_seed_is_the_same_run_in_unlike_processes() -> None:
    compared = twice("twitterlab.stage.simulation_twice:scenario_" + NAME.encode().hex(), 4)

    assert compared.error == ""
    assert compared.is_deterministic, str(compared.difference)
    assert compared.events > 1_000


NAME = "twitterlab.course.simulated:week1"


def test_another_process_finds_the_system_by_its_name() -> None:
    assert find(NAME).name == "week1"


@pytest.fixture(autouse=True)
def short_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the simulated lab: a shorter one tells the same."""
    monkeypatch.setattr(sim_week1, "TRIAL_OPERATIONS", 60)


def simulated(blueprint: Blueprint, **changed: float) -> Report:
    return sim_week1.run(WEEK, blueprint, LabOptions(users=40, seconds=0.5), read(), **changed)


def measured(report: Report, name: str) -> float:
    return next(figure.measured for figure in report.figures if figure.name == name)


def test_the_lab_s_figures_come_out_of_a_simulation_too(solutions: Blueprint) -> None:
    report = simulated(solutions)

    assert {figure.source for figure in report.figures} == {"simulated"}
    assert [figure.name for figure in report.figures if figure.verdict == "missed"] == []
    assert measured(report, "operations") == 250
    assert 0.2 < measured(report, "home_read_ms_p50") < 20


def test_an_equal_simulation_has_an_equal_trace(solutions: Blueprint) -> None:
    first, second = simulated(solutions), simulated(solutions)

    assert first.trace.sha256 == second.trace.sha256
    assert first.figures == second.figures


def test_a_slower_machine_makes_people_wait(solutions: Blueprint) -> None:
    fast, slow = simulated(solutions), simulated(solutions, slowdown=2.0)

    assert measured(slow, "home_read_ms_p50") > 1.4 * measured(fast, "home_read_ms_p50")


def test_a_wrong_part_shows_in_the_simulated_figures_as_it_does_live(solutions: Blueprint) -> None:
    report = simulated(replace(solutions, queue=DroppingQueue))

    assert measured(report, "lost_deliveries") > 0


def live_report(p50: float, p99: float) -> Report:
    known = {
        "home_read_ms_p50": p50, "home_read_ms_p99": p99, "post_to_visible_ms_p50": 10.0,
        "post_to_visible_ms_p99": 20.0, "gateway_ms_p99": 3.0, "home_reads_per_s": 440.0, "cache_hit_ratio": 90.0,
    }  # fmt: skip
    return Report(1, 40, 0, 1, {}, 250, tuple(Figure(name, "ms", was, "live", "x") for name, was in known.items()))


@pytest.mark.parametrize(
    ("p50", "p99", "verdicts"),
    [(1.2, 6.0, ("met", "met")), (1.2, 6.1, ("met", "missed")), (0.7, 3.0, ("missed", "met"))],
)
def test_a_simulated_figure_is_missed_where_the_live_one_is_too_far_off(
    p50: float, p99: float, verdicts: tuple[str, str]
) -> None:
    compared = sim_week1.beside_live(live_report(1.0, 4.0), live_report(p50, p99))

    found = {figure.name: figure for figure in compared.figures}
    assert (found["home_read_ms_p50_error"].verdict, found["home_read_ms_p99_error"].verdict) == verdicts
    assert found["live_home_read_ms_p50"].measured == 1.0
    assert found["simulated_home_read_ms_p50"].measured == p50


def test_the_offered_rate_is_read_off_a_report(solutions: Blueprint) -> None:
    report = simulated(solutions, rate_per_s=400.0)

    assert sim_week1.rate_of(report) == pytest.approx(400, rel=0.1)


@pytest.mark.slow
def test_calibrated_simulated_and_live_stand_in_one_report(
    solutions: Blueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether they agree depends on what else the machine does; that is for the figures to say."""
    from twitterlab.stage import calibration

    for name, seconds in (("MEASURE_S", 1.0), ("TOGETHER_S", 0.5), ("WARM_OPERATIONS", 50)):
        monkeypatch.setattr(calibration, name, seconds)

    report = sim_week1.run_beside_live(WEEK, solutions, LabOptions(users=60, seconds=1.0), "a test")

    names = {figure.name for figure in report.figures}
    assert {"home_read_ms_p50_error", "home_read_ms_p99_error", "machine_slowdown", "lost_deliveries"} <= names
