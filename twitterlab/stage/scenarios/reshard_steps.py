"""The steps of a reshard: which the coordinator was about when machines crashed, and plans in which each is hit.

A step is one command of the plan, from when the coordinator has written down that it is about it until the next. The
command itself is carried out after a pause (`Pace.step_ms`), so a plan can strike before it and amid it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from twitterlab.model.event import TraceEvent
from twitterlab.model.fault import Crash, FaultPlan, Scheduled
from twitterlab.stage.scenario import NS_PER_MS, Case, run
from twitterlab.stage.scenarios.reshard import GATEWAYS, NEW, OLD, Reshard
from twitterlab.world.trace import Trace

COORDINATOR = "coordinator"
NONE_YET = "not begun"
CRASH_MS = 700.0
"""How long a machine is down in a plan of `strikes`."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command: when the coordinator wrote it down, and what it is, as `BACKFILL Copy`."""

    at_ms: float
    what: str


@dataclass(frozen=True, slots=True)
class Strike:
    """A plan in which machines crash at one step, and what to call it."""

    name: str
    plan: FaultPlan


def role(machine: str) -> str:
    """What a machine is in a reshard: coordinator, gateway, or a store, old or new."""
    if machine in GATEWAYS:
        return "gateway"
    return "old store" if machine in OLD else "new store" if machine in NEW else machine


def steps(events: Iterable[TraceEvent]) -> list[Step]:
    """The commands of a run, in order; one that was begun anew after a crash is there again."""
    return [
        Step(event.at_ns / NS_PER_MS, _command(str(event.fields["text"])))
        for event in events
        if event.kind == "log" and event.fields.get("node") == COORDINATOR
    ]


def crashes(events: Iterable[TraceEvent]) -> Counter[tuple[str, str]]:
    """How often machines crashed, by (step, role)."""
    found: Counter[tuple[str, str]] = Counter()
    at = NONE_YET
    for event in events:
        node = str(event.fields.get("node", ""))
        if event.kind == "log" and node == COORDINATOR:
            at = _command(str(event.fields["text"]))
        elif event.kind == "state" and event.fields["state"] == "down" and node in Reshard.nodes:
            found[at, role(node)] += 1
    return found


def strikes(scenario: Reshard, case: Case) -> Iterator[Strike]:
    """For every step of an undisturbed run: the coordinator, a gateway, the new store and an old one crash just after
    it was written down, and while it is carried out; each alone, losing power every other time."""
    calm = Trace(case.seed)
    run(scenario, Case(case.seed, case.calls, FaultPlan((), case.plan.heal_ms, case.plan.until_ms)), calm)
    found = steps(list(calm.events()))
    for number, step in enumerate(found):
        took_ms = found[number + 1].at_ms - step.at_ms if number + 1 < len(found) else scenario.pace.step_ms
        amid_ms = (scenario.pace.step_ms + took_ms) / 2
        for place, machine in enumerate((COORDINATOR, GATEWAYS[number % len(GATEWAYS)], NEW[-1], OLD[number % 4])):
            for moment, later_ms in (("before", 1.0), ("amid", amid_ms)):
                crash = Scheduled(
                    round(step.at_ms + later_ms, 3), Crash(loses_power=(number + place) % 2 == 0), (machine,), CRASH_MS
                )
                name = f"{machine} {moment} step {number}, {step.what}"
                yield Strike(name, FaultPlan((crash,), case.plan.heal_ms, case.plan.until_ms))


def table(found: Mapping[tuple[str, str], int]) -> str:
    """Crashes by step and role, as a Markdown table."""
    roles = (COORDINATOR, "gateway", "new store", "old store")
    rows = [f"| step | {' | '.join(roles)} |", f"| --- |{' --- |' * len(roles)}"]
    for what in _in_order({what for what, _ in found}):
        rows.append(f"| {what} | {' | '.join(str(found.get((what, each), 0)) for each in roles)} |")
    return "\n".join(rows)


def _in_order(names: Iterable[str]) -> Sequence[str]:
    phases = (NONE_YET, "DUAL_WRITE", "BACKFILL", "VERIFY", "CUT_OVER", "CLEAN_UP", "AFTER")
    return sorted(names, key=lambda name: (next(n for n, p in enumerate(phases) if name.startswith(p)), name))


def _command(text: str) -> str:
    """`BACKFILL: Copy(after_key=-1, …)` as `BACKFILL Copy`."""
    phase, _, command = text.partition(": ")
    return f"{phase} {command.partition('(')[0]}"
