"""Fault plans: drawn from a seed, always healing in the end, the same after a round trip."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitterlab.errors import BadInput
from twitterlab.model.fault import FAULTS, Crash, FaultPlan, Partition, Scheduled
from twitterlab.world.plan import MENU, random_plan
from twitterlab.world.plan_file import from_json, to_json
from twitterlab.world.story import story

NODES = ("a", "b", "c", "d", "e")


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 20))
def test_every_plan_heals_before_its_quiet_end(seed: int, nodes: int, faults: int) -> None:
    plan = random_plan(seed, NODES[:nodes], 30_000, kinds=FAULTS, faults=faults)

    assert 0 < plan.heal_ms < plan.until_ms
    assert 1 <= len(plan.faults) <= faults
    for each in plan.faults:
        assert each.duration_ms is not None
        assert 0 <= each.at_ms < each.at_ms + each.duration_ms <= plan.heal_ms
        assert set(each.targets) <= set(NODES[:nodes])
    assert plan == random_plan(seed, NODES[:nodes], 30_000, kinds=FAULTS, faults=faults)
    assert from_json(to_json(plan)) == plan
    assert len(story(plan)) == len(plan.faults) + 1


def test_seeds_reach_every_kind_of_fault_and_of_partition() -> None:
    plans = [random_plan(seed, NODES, 30_000, kinds=FAULTS) for seed in range(300)]

    seen = {type(each.fault) for plan in plans for each in plan.faults}
    partitions = [each for plan in plans for each in plan.faults if isinstance(each.fault, Partition)]

    assert seen == set(FAULTS) == set(MENU)
    assert any(each.fault.is_one_way for each in partitions)
    assert any(each.fault.flap_ms for each in partitions)
    assert any(len(each.targets) + len(each.fault.against) < len(NODES) for each in partitions)


@given(st.integers(0, 2_000))
def test_no_more_nodes_are_down_than_allowed(seed: int) -> None:
    plan = random_plan(seed, NODES, 30_000, kinds=[Crash], faults=20, most_down=2)

    for each in plan.faults:
        down = {
            name
            for other in plan.faults
            if other.at_ms <= each.at_ms <= other.at_ms + (other.duration_ms or 0)
            for name in other.targets
        }
        assert len(down) <= 2


def test_a_story_says_what_happens_to_whom() -> None:
    plan = FaultPlan(
        (Scheduled(1_200, Partition(("c",)), ("a", "b"), 300), Scheduled(20, Crash(), ("c",))), 5_000, 9_000
    )

    assert story(plan) == [
        "20 ms: c is down until all is healed",
        "1,200 ms: a, b is cut off from c for 300 ms",
        "5,000 ms: everything heals; by 9,000 ms the system must have recovered",
    ]


GOOD = {"at_ms": 1, "fault": "Crash", "targets": ["a"], "duration_ms": 5}


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("nonsense", "not a fault plan"),
        ({"faults": []}, "heal_ms"),
        ({"heal_ms": 5, "until_ms": 5, "faults": []}, "Leave time"),
        ({"heal_ms": 5, "until_ms": 9, "faults": [{**GOOD, "fault": "Flood"}]}, "fault 1 of the plan.*Flood"),
        ({"heal_ms": 5, "until_ms": 9, "faults": [GOOD, {**GOOD, "settings": {"pow": 1}}]}, "fault 2.*has no pow"),
        ({"heal_ms": 5, "until_ms": 9, "faults": [{**GOOD, "at_ms": 6}]}, "after the healing"),
    ],
)
def test_a_document_that_is_no_plan_is_bad_input(document: object, problem: str) -> None:
    with pytest.raises(BadInput) as error:
        from_json(document if isinstance(document, str) else json.dumps(document))
    assert re.search(problem, str(error.value))
