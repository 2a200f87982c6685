"""Scenarios: a small system, what clients ask of it, what goes wrong, and what must hold all the same.

A scenario is one file: the programs of its nodes, the operations of its clients, the checks of its history. The
same `Case` gives the same run, byte for byte; so a failing one can be replayed, and made smaller.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from twitterlab.errors import BadInput, Refused, Uncertain
from twitterlab.model.fault import Fault, FaultPlan
from twitterlab.parts.given import Chance
from twitterlab.stage import bug
from twitterlab.world.chance import SeededChance
from twitterlab.world.node import Node
from twitterlab.world.plan import HEALING, from_json, random_plan, to_json
from twitterlab.world.sim import SimWorld
from twitterlab.world.trace import Trace

NS_PER_MS = 1_000_000
AGAIN = 1_000
"""A client that does not know what became of its call goes on under a new number, this much higher."""
CLIENTS_REGION = "frankfurt"


@dataclass(frozen=True, slots=True)
class Call:
    """What client `process` asks at `at_ms`: `f` with `key` and `value`, as in a history."""

    at_ms: float
    process: int
    f: str
    key: Any = None
    value: Any = None


@dataclass(frozen=True, slots=True)
class Case:
    """All that decides a run of a scenario."""

    seed: int
    calls: tuple[Call, ...]
    plan: FaultPlan


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken: which, and how, in one line."""

    promise: str
    happened: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run. `history` is what clients saw, as JSON lines; `missed` are the faults that could not be done."""

    case: Case
    history: tuple[str, ...]
    violations: tuple[Violation, ...]
    trace_sha256: str
    trace_events: int
    missed: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)


class Scenario(Protocol):
    """What a scenario file defines, as one object called `SCENARIO`.

    `nodes` are the names that faults may strike, `kinds` the faults it claims to survive, `most_down` how many
    nodes may be crashed at one time; `model` is what `twitterlab verify` would judge its history by. It may also have a
    `consistency`, which the page of a failed run then shows in place of linearizability, and `region_of(process)`,
    where a client stands, and `besides(chance)`, faults that every drawn plan has too.
    """

    name: str
    about: str
    nodes: Sequence[str]
    kinds: Sequence[type[Fault]]
    most_down: int | None
    until_ms: float
    model: str

    def calls(self, chance: Chance) -> Sequence[Call]:
        """What the clients ask, in order of time."""
        ...

    def build(self, world: SimWorld) -> None:
        """Add the nodes."""
        ...

    async def perform(self, client: Node, call: Call) -> Any:
        """Do one call from a client's node; the answer. `Refused` and `Uncertain` say what they mean."""
        ...

    def check(self, history: Sequence[str], plan: FaultPlan) -> Sequence[Violation]:
        """What the history breaks."""
        ...


def case_of(scenario: Scenario, seed: int, plan: FaultPlan | None = None) -> Case:
    """The case that a seed stands for; with `plan` its faults instead of drawn ones."""
    asked = list(scenario.calls(SeededChance(seed, "calls")))
    if strange := [one for one in asked if not isinstance(one, Call)]:
        raise BadInput(f"{scenario.name}: calls() gives {strange[0]!r}, which is no Call", "See docs/scenarios.md.")
    calls = tuple(sorted(asked, key=lambda call: (call.at_ms, call.process)))
    drawn = plan or _drawn(scenario, seed)
    return Case(seed, calls, from_json(to_json(drawn)))  # as it is read back: 50 and 50.0 are other traces


def _drawn(scenario: Scenario, seed: int) -> FaultPlan:
    plan = random_plan(
        seed, list(scenario.nodes), scenario.until_ms, tuple(scenario.kinds or HEALING), most_down=scenario.most_down
    )
    besides = getattr(scenario, "besides", None)
    if besides is None:
        return plan
    faults = sorted([*plan.faults, *besides(SeededChance(seed, "besides"))], key=lambda each: each.at_ms)
    return replace(plan, faults=tuple(faults))


def run(scenario: Scenario, case: Case, trace: Trace | None = None) -> Outcome:
    """Run one case to its end and check it. What a program raises, and a run without an end, is a broken promise too.

    BadInput where `nodes` names one that `build` does not add.
    """
    trace = trace or Trace(case.seed)
    world = SimWorld(case.seed, trace)
    scenario.build(world)
    for name in scenario.nodes:
        world.nodes.find((name,))
    history = _History(world)
    world.faults.follow(case.plan)
    violations = _violations(scenario, case, world, history)
    for violation in violations:
        trace.conclude("violation", {"promise": violation.promise})
    return Outcome(case, tuple(history.lines), violations, trace.sha256, trace.written, _missed(world))


def _violations(scenario: Scenario, case: Case, world: SimWorld, history: _History) -> tuple[Violation, ...]:
    try:
        world.run(_all_clients(scenario, case, world, history), limit_ms=case.plan.until_ms * 10)
    except MemoryError:
        raise
    except Exception as error:
        return (Violation(bug.PROMISE, bug.sentence(error)),)
    return tuple(scenario.check(history.lines, case.plan))


def _missed(world: SimWorld) -> tuple[str, ...]:
    return tuple(
        f"{type(one.scheduled.fault).__name__} on {', '.join(one.scheduled.targets)}: {one.reason}"
        for one in world.faults.missed
    )


async def _all_clients(scenario: Scenario, case: Case, world: SimWorld, history: _History) -> None:
    """Every client at its own pace; then peace until the plan is over."""
    by_process: dict[int, list[Call]] = {}
    for call in case.calls:
        by_process.setdefault(call.process, []).append(call)
    tasks = []
    for process, calls in sorted(by_process.items()):
        node = world.nodes.add(f"client-{process}", region=_region(scenario, process))
        tasks.append(world.loop.create_task(_client(scenario, node, calls, history, world), name=f"client {process}"))
    for task in tasks:
        await task
    left_ms = case.plan.until_ms - world.kernel.now_ns / NS_PER_MS
    if left_ms > 0:
        await world.clock.sleep_ms(left_ms)


def _region(scenario: Scenario, process: int) -> str:
    region_of = getattr(scenario, "region_of", None)
    return CLIENTS_REGION if region_of is None else str(region_of(process))


async def _client(scenario: Scenario, node: Node, calls: Sequence[Call], history: _History, world: SimWorld) -> None:
    shift = 0
    for call in calls:
        wait_ms = call.at_ms - world.kernel.now_ns / NS_PER_MS
        if wait_ms > 0:
            await world.clock.sleep_ms(wait_ms)
        process = call.process + shift
        history.add(process, "invoke", call, call.value)
        try:
            answer = await scenario.perform(node, call)
        except Refused:
            history.add(process, "fail", call, call.value)
        except Uncertain:
            history.add(process, "info", call, call.value)
            shift += AGAIN
        else:
            history.add(process, "ok", call, answer)


class _History:
    """What clients saw, as it happens."""

    def __init__(self, world: SimWorld) -> None:
        self._world = world
        self.lines: list[str] = []

    def add(self, process: int, kind: str, call: Call, value: Any) -> None:
        row = {"process": process, "type": kind, "f": call.f, "key": call.key, "value": value}
        self.lines.append(json.dumps({**row, "time": self._world.kernel.now_ns}))
        self._world.emit("history", **row)
