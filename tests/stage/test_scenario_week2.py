"""The two scenarios of Week 2: the reference survives, and wrong parts are found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solutions.week2.day2_shards import ShardPlan
from solutions.week2.day4_replica import RegionReplica
from twitterlab.course.system import system_of
from twitterlab.parts.shards import Compare, Copy, Done, Phase, Route
from twitterlab.stage.scenario import case_of, run
from twitterlab.stage.scenarios.reshard import Reshard
from twitterlab.stage.scenarios.week2 import Week2

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


def test_likes_that_count_twice_are_found() -> None:
    assert "likes count once" in broken(lambda: Week2(replace(SYSTEM, replica=CountsTwice)), range(2))
