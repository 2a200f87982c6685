"""The two scenarios of Week 2: the reference survives, and wrong parts are found."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

from solutions.week2.day2_shards import ShardPlan
from solutions.week2.day4_replica import RegionReplica
from twitterlab.course.system import system_of
from twitterlab.model.fault import Duplicating, FaultPlan, Scheduled, Slow
from twitterlab.parts.replica import OneRegion
from twitterlab.parts.shards import Compare, Copy, Done, Phase, Route
from twitterlab.platform.regional.keeper import Keeper
from twitterlab.platform.regional.once import Once
from twitterlab.platform.regional.sync import Sync
from twitterlab.stage.scenario import Call, Case, case_of, run
from twitterlab.stage.scenarios.reshard import Reshard
from twitterlab.stage.scenarios.reshard_steps import crashes, role, strikes
from twitterlab.stage.scenarios.week2 import Week2
from twitterlab.stage.scenarios.week2_sessions import observed
from twitterlab.world.trace import Trace

SYSTEM = system_of(2, mine=False)
pytestmark = pytest.mark.slow


def broken(make, seeds: range) -> list[str]:
    """The promises that any of the seeds broke."""
    found = []
    for seed in seeds:
        scenario = make()
        found += [violation.promise for violation in run(scenario, case_of(scenario, seed)).violations]
    return found


class NoDualWrite(ShardPlan):
    def route(self, phase, old, new):
        read = super().route(phase, old, new).read
        return Route(read, (read,))


class NoBackfill(ShardPlan):
    def advance(self, progress, done):
        progress, command = super().advance(progress, done)
        return super().advance(progress, Done()) if isinstance(command, Copy | Compare) else (progress, command)


class CutsOverEarly(ShardPlan):
    def route(self, phase, old, new):
        route = super().route(phase, old, new)
        return Route(new if phase >= Phase.BACKFILL else old, route.writes)


class CountsTwice(RegionReplica):
    def _apply(self, name, number, operation):
        if operation[0] == "count":
            operation = [*operation[:2], operation[2] + 1, *operation[3:]]
        return super()._apply(name, number, operation)


def test_twenty_reshards_with_crashes_at_every_step_lose_and_double_nothing() -> None:
    assert broken(lambda: Reshard(SYSTEM), range(20)) == []


@pytest.mark.parametrize("wrong", [NoDualWrite, NoBackfill, CutsOverEarly])
def test_a_wrong_plan_is_found(wrong: type[ShardPlan]) -> None:
    assert "no tweet is invisible" in broken(lambda: Reshard(replace(SYSTEM, shards=wrong)), range(6))


def test_three_continents_agree_after_twenty_plans_of_faults() -> None:
    assert broken(lambda: Week2(SYSTEM), range(20)) == []


def test_copies_that_nobody_asked_in_the_end_are_compared_too() -> None:
    assert "all copies are equal" in broken(lambda: Week2(replace(SYSTEM, replica=OneRegion)), range(1))


def test_likes_that_count_twice_are_found() -> None:
    assert "likes count once" in broken(lambda: Week2(replace(SYSTEM, replica=CountsTwice)), range(2))


@pytest.mark.parametrize("who", ["coordinator", "gateway", "new store", "old store"])
def test_a_crash_at_any_step_of_a_reshard_loses_and_doubles_nothing(who: str) -> None:
    case = case_of(Reshard(SYSTEM), 1)
    planned = [
        one
        for one in strikes(Reshard(SYSTEM), case)
        if role(one.plan.faults[0].targets[0]) == who and " amid " in one.name
    ]
    struck: Counter[str] = Counter()

    for strike in planned:
        trace = Trace(1)
        outcome = run(Reshard(SYSTEM), case_of(Reshard(SYSTEM), 1, strike.plan), trace)

        assert outcome.violations == (), strike.name
        struck += Counter({step: count for (step, each), count in crashes(list(trace.events())).items() if each == who})

    assert struck == Counter(strike.name.rpartition(", ")[2] for strike in planned)
    assert {step.partition(" ")[2] for step in struck} == {"Announce", "Copy", "Compare", "Drop", "Finished"}


def test_twenty_seeds_crash_every_kind_of_machine_in_every_phase() -> None:
    struck: Counter[tuple[str, str]] = Counter()
    for seed in range(20):
        trace = Trace(seed)
        run(Reshard(SYSTEM), case_of(Reshard(SYSTEM), seed), trace)
        struck += Counter(
            {(step.partition(" ")[0], who): count for (step, who), count in crashes(list(trace.events())).items()}
        )

    assert {step for step, _ in struck} >= {"DUAL_WRITE", "BACKFILL", "VERIFY", "CUT_OVER", "CLEAN_UP"}
    assert {who for _, who in struck} == {"coordinator", "gateway", "new store", "old store"}


def test_a_write_that_the_neighbour_was_not_given_is_missed_by_who_wrote_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def without_asking(self, group, delta, timeout_ms):
        return True

    monkeypatch.setattr(Sync, "to_mate", without_asking)

    assert "read your writes" in broken(lambda: Week2(SYSTEM), range(3))


def test_a_log_that_is_not_synced_loses_what_was_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Keeper.keep
    monkeypatch.setattr(Keeper, "keep", lambda self, is_synced: kept(self, False))

    assert "nothing lost" in broken(lambda: Week2(SYSTEM), range(6))


def test_a_request_made_as_often_as_it_arrives_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    doors = tuple(name for name in Week2.nodes if name.endswith("-g1"))
    twice = FaultPlan((Scheduled(1, Duplicating(0.5), doors, 30_000),), 36_000, Week2.until_ms)

    def promises() -> set[str]:
        scenario = Week2(SYSTEM)
        return {violation.promise for violation in run(scenario, case_of(scenario, 0, twice)).violations}

    assert promises() == set()
    monkeypatch.setattr(Once, "do", lambda self, name, work: work())
    assert promises() == {"likes count once", "nothing repeated"}


def test_a_write_under_way_may_be_seen_and_then_not_so_no_profile_is_promised_linearizable() -> None:
    calls = [
        call
        for number in range(20)
        for at_ms in (1_000 + 500.0 * number,)
        for call in (
            Call(at_ms, 0, "profile", 0, f"0 by 0-{number}"),
            *(Call(at_ms + 0.7 * look, neighbour, "page", 0) for look in range(20) for neighbour in (3, 6)),
        )
    ]
    slow = FaultPlan((Scheduled(900, Slow(5), ("america-s3",), 15_000),), 20_000, 30_000)  # so both owners are asked

    outcome = run(Week2(SYSTEM), Case(1, tuple(calls), slow))
    found = observed([json.loads(line) for line in outcome.history])

    assert "read your writes" not in {violation.promise for violation in outcome.violations}
    assert found["a linearizable profile on one continent"] == "invalid"
    assert found["monotonic reads on one continent"] == "invalid"
    assert found["read your writes anywhere"] == "valid"
