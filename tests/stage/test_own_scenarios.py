"""Scenarios as a newcomer writes them: what is wrong in the file is said with its line, and a bug is a broken promise."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from twitterlab.errors import BadInput
from twitterlab.model.fault import Crash, FaultPlan, Pause, Scheduled
from twitterlab.stage import simulation
from twitterlab.stage.scenario import Call, Outcome, Violation, case_of, run
from twitterlab.stage.shrink import Shrinker
from twitterlab.world.node import Node
from twitterlab.world.sim import SimWorld

PEACE = FaultPlan((), 500, 1_000)


class Small:
    """One node, one client, two calls."""

    name, about, nodes, kinds, most_down, until_ms, model = "small", "", ("a",), (Crash,), None, 1_000.0, ""

    def __init__(self, handler: Any = None, nodes: tuple[str, ...] = ("a",)) -> None:
        self._handler, self.nodes = handler or (lambda body: body), nodes

    def calls(self, chance: Any) -> Sequence[Call]:
        return [Call(10, 0, "x"), Call(20, 0, "x")]

    def build(self, world: SimWorld) -> None:
        world.nodes.add("a", lambda node: node.serve("x", self._handler))

    async def perform(self, client: Node, call: Call) -> Any:
        return await client.call("a", "x", None, 100)

    def check(self, history: Sequence[str], plan: FaultPlan) -> Sequence[Violation]:
        return []


def outcome(scenario: Small, plan: FaultPlan = PEACE) -> Outcome:
    return run(scenario, case_of(scenario, 1, plan))


async def never_waits(body: Any) -> None:
    while True:
        await asyncio.sleep(0)


async def breaks(body: Any) -> float:
    return 1 / 0


async def starts_a_thread(body: Any) -> None:
    threading.Thread(target=print).start()


async def waits_for_ever(client: Node, call: Call) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (breaks, r"ZeroDivisionError.*test_own_scenarios\.py:\d+ `return 1 / 0`.*a handling x, at 0\.0100"),
        (starts_a_thread, r"a thread inside a simulation.*test_own_scenarios\.py:\d+ `threading\.Thread"),
        (lambda body: object(), r"object cannot be sent.*a handling x"),
        (never_waits, r"livelock.*time stands still.*test_own_scenarios\.py:\d+ `await asyncio\.sleep\(0\)`"),
    ],
    ids=["an error", "a thread", "an answer that is no data", "no end"],
)
def test_a_bug_in_a_program_is_a_broken_promise_that_says_where(handler: Any, said: str) -> None:
    (violation,) = outcome(Small(handler)).violations

    assert violation.promise == "runs to its end"
    assert re.search(said, violation.happened), violation.happened


def test_a_client_that_waits_for_nothing_is_a_deadlock_and_named() -> None:
    scenario = Small()
    scenario.perform = waits_for_ever  # type: ignore[method-assign]

    (violation,) = outcome(scenario).violations

    assert re.search(r"deadlock.*client 0 at .*`await asyncio\.Event\(\)\.wait\(\)`", violation.happened)


def test_a_bug_is_replayed_and_made_small_like_any_failure() -> None:
    scenario = Small(breaks)
    plan = FaultPlan((Scheduled(700, Pause(), ("a",), 10),), 800, 1_000)

    first, again = outcome(scenario, plan), outcome(scenario, plan)
    small = Shrinker(scenario).shrink(first.case)

    assert first.trace_sha256 == again.trace_sha256
    assert (len(small.case.calls), len(small.case.plan.faults)) == (1, 0)
    assert small.violations[0].promise == first.violations[0].promise


def test_a_fault_that_could_not_be_done_is_said() -> None:
    plan = FaultPlan((Scheduled(5, Pause(), ("b",), 10), Scheduled(5, Pause(), ("a",), 10)), 500, 1_000)

    found = outcome(Small(), plan)

    assert found.missed == ("Pause on b: no node is 'b'",)


def test_nodes_that_build_does_not_add_are_bad_input() -> None:
    with pytest.raises(BadInput, match="'typo'"):
        outcome(Small(nodes=("typo",)))


def test_calls_that_are_none_are_bad_input() -> None:
    scenario = Small()
    scenario.calls = lambda chance: [1]  # type: ignore[method-assign, assignment, list-item]

    with pytest.raises(BadInput, match=r"calls\(\) gives 1, which is no Call"):
        case_of(scenario, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f(:", r"own\.py:1: invalid syntax"),
        ("\n\nprint(nobody)", r"own\.py:3: NameError"),
        ("import nobody", "No module named 'nobody'"),
        ("x = 1", "no attribute 'SCENARIO'"),
        ("SCENARIO = 5", "SCENARIO has no nodes"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "own.py").write_text(text)

    with pytest.raises(BadInput, match=said):
        simulation.find(str(tmp_path / "own.py"))
