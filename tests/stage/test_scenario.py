"""Scenarios: caught by a seed, replayed, made small; and the corrected version holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitterlab.errors import BadInput
from twitterlab.model.event import SCENARIO_KINDS
from twitterlab.stage import simulation
from twitterlab.stage.scenario import case_of, run
from twitterlab.stage.scenarios.primary_backup import EARLY, SCENARIO
from twitterlab.stage.shrink import Shrinker, minimal
from twitterlab.world.trace import Trace

SEEDS_IN_CI = 20
FAILING = 56


def test_the_correct_version_keeps_its_promises():
    for seed in range(SEEDS_IN_CI):
        assert run(SCENARIO, case_of(SCENARIO, seed)).violations == (), (
            f"twitterlab simulate {SCENARIO.name} --seed {seed}"
        )


@pytest.mark.slow
def test_two_hundred_seeds_catch_the_one_that_acknowledges_early():
    judged = simulation.run_seeds(EARLY.name, range(201), None)

    assert [one.seed for one in judged] == list(range(201))
    assert FAILING in [one.seed for one in judged if one.violations]
    assert not [one for one in simulation.run_seeds(SCENARIO.name, range(201), None) if one.violations]


def test_the_same_seed_is_the_same_run_and_so_is_one_that_was_kept(tmp_path):
    first = run(EARLY, case_of(EARLY, FAILING))
    simulation.save(EARLY.name, first, tmp_path)
    name, case, sha256 = simulation.load(tmp_path)

    again = run(simulation.find(name), case)

    assert again.trace_sha256 == first.trace_sha256 == sha256
    assert (again.history, again.violations) == (first.history, first.violations)


@pytest.mark.slow
def test_a_failure_shrinks_to_a_handful_of_calls_and_faults_and_still_fails():
    outcome = Shrinker(EARLY).shrink(case_of(EARLY, FAILING))

    assert outcome.violations
    assert len(outcome.case.calls) <= 6
    assert 1 <= len(outcome.case.plan.faults) <= 3
    assert any("broken: linearizable" in line for line in simulation.story(EARLY, outcome))


def test_the_trace_has_what_clients_saw_and_which_promise_was_broken():
    trace = Trace(FAILING)
    outcome = run(EARLY, case_of(EARLY, FAILING), trace)

    events = list(trace.events())
    said = [event for event in events if event.kind == "history"]
    for kind in SCENARIO_KINDS:
        found = [event for event in events if event.kind == kind.name]
        assert found and all(set(kind.fields) <= set(event.fields) for event in found)
    assert [json.loads(line)["type"] for line in outcome.history] == [event.fields["type"] for event in said]
    assert (events[-1].kind, events[-1].fields) == ("violation", {"promise": "linearizable"})


def test_what_does_not_fail_cannot_be_made_smaller():
    with pytest.raises(ValueError, match="breaks no promise"):
        Shrinker(SCENARIO).shrink(case_of(SCENARIO, 1))


@given(st.sets(st.integers(0, 40), max_size=4), st.integers(1, 41))
def test_the_minimal_part_is_what_it_takes_and_no_more(wanted, size):
    wanted = {number for number in wanted if number < size}

    found = minimal(list(range(size)), lambda items: wanted <= set(items))

    assert set(found) == wanted


def test_a_story_is_in_order_of_time():
    outcome = run(EARLY, case_of(EARLY, FAILING))

    told = [
        float(line.split(" ms:")[0].replace(",", "")) for line in simulation.story(EARLY, outcome) if " ms:" in line
    ]

    assert told == sorted(told)


@pytest.mark.parametrize("target", ["nope", "nope.py", "json", "os:path", "", "week 99"])
def test_a_scenario_that_is_not_there_is_one_line(target):
    with pytest.raises(BadInput):
        simulation.find(target)


@pytest.mark.parametrize("text", ["", "{}", "[]", json.dumps({"scenario": "x", "seed": "y", "calls": [], "plan": {}})])
def test_what_is_no_kept_simulation_is_one_line(tmp_path, text):
    (tmp_path / "case.json").write_text(text)
    with pytest.raises(BadInput):
        simulation.load(tmp_path)
    with pytest.raises(BadInput):
        simulation.load(Path("no/such/run"))
