"""Simulations by name: find a scenario, run a seed or many, keep a case, run it again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from twitterlab.bench.report import Report
from twitterlab.errors import BadInput
from twitterlab.model.fault import FaultPlan
from twitterlab.model.figure import Figure, Target
from twitterlab.stage.scenario import Call, Case, Outcome, Scenario, case_of, run
from twitterlab.world import plan as plans
from twitterlab.world.trace import Trace

CHUNK = 10
BUILT_IN = {
    "primary-backup": "twitterlab.stage.scenarios.primary_backup:SCENARIO",
    "primary-backup-early-ack": "twitterlab.stage.scenarios.primary_backup:EARLY",
}
"""Scenarios that come with the course, by the name a reader types."""
CASE = "case.json"


@dataclass(frozen=True, slots=True)
class Judged:
    """What is left of a run when many are made."""

    seed: int
    violations: tuple[str, ...]
    trace_sha256: str
    trace_events: int
    calls: int
    answered: int
    missed: tuple[str, ...] = ()


def find(target: str) -> Scenario:
    """A scenario by its name, or the `SCENARIO` of a Python file. BadInput where there is none."""
    from twitterlab.world.twice import load_scenario

    name = BUILT_IN.get(target, f"{target}:SCENARIO" if target.endswith(".py") else target)
    if target.endswith(".py") and not Path(target).is_file():
        raise BadInput(f"there is no file {target}", f"Scenarios that come with the course: {', '.join(BUILT_IN)}.")
    if ":" not in name:
        raise BadInput(f"there is no scenario {target!r}", f"Choose one of {', '.join(BUILT_IN)}, or name a .py file.")
    found: Any = load_scenario(name)
    wanting = [word for word in ("nodes", "calls", "build", "perform", "check", "until_ms") if not hasattr(found, word)]
    if wanting:
        raise BadInput(f"{target}: SCENARIO has no {', '.join(wanting)}", "See docs/scenarios.md.")
    scenario: Scenario = found
    return scenario


def spelled(target: str) -> str:
    """The name under which another process finds the scenario in `simulation_twice`."""
    name = str(Path(target).resolve()) if target.endswith(".py") else target
    return f"scenario_{name.encode().hex()}"


def run_seeds(
    target: str, seeds: Sequence[int], plan: FaultPlan | None, on_done: Callable[[Judged], None] = lambda done: None
) -> list[Judged]:
    """Every seed, on all cores; in order of the seeds."""
    find(target)
    chunks = [list(seeds[start : start + CHUNK]) for start in range(0, len(seeds), CHUNK)]
    judged: list[Judged] = []
    if len(chunks) == 1:
        found: Iterator[list[Judged]] = iter([_judge_all(target, chunks[0], plan)])
        return _collect(found, judged, on_done)
    with ProcessPoolExecutor(os.cpu_count() or 1) as pool:
        found = pool.map(_judge_all, [target] * len(chunks), chunks, [plan] * len(chunks))
        return _collect(found, judged, on_done)


def report_of(scenario: Scenario, outcome: Outcome, trace: Trace) -> Report:
    """One run as a report: the promises, and how many calls had an answer."""
    answered = sum('"type": "ok"' in line for line in outcome.history)
    share = 100 * answered / max(1, len(outcome.case.calls))
    figures = (
        Figure("violations", "violations", len(outcome.violations), "simulated", "simulated", Target("==", 0)),
        Figure("answered", "%", share, "simulated", "simulated"),
        Figure("faults", "faults", len(outcome.case.plan.faults), "simulated", "simulated"),
        Figure(
            "faults_not_done", "faults", len(outcome.missed), "simulated", "simulated", note="; ".join(outcome.missed)
        ),
    )
    clients = len({call.process for call in outcome.case.calls})
    return Report(0, clients, 0, outcome.case.seed, {}, len(outcome.case.calls), figures, trace)


def save(target: str, outcome: Outcome, folder: Path) -> None:
    """Keep what is needed to run it again, and what clients saw."""
    case = outcome.case
    document = {
        "scenario": target,
        "seed": case.seed,
        "calls": [asdict(call) for call in case.calls],
        "plan": json.loads(plans.to_json(case.plan)),
        "violations": [asdict(violation) for violation in outcome.violations],
        "trace_sha256": outcome.trace_sha256,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CASE).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    (folder / "history.jsonl").write_text("".join(f"{line}\n" for line in outcome.history), encoding="utf-8")


def load(folder: Path) -> tuple[str, Case, str]:
    """The scenario, the case and the trace hash of a kept run. BadInput for anything else."""
    path = folder / CASE if folder.is_dir() else folder
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        calls = tuple(Call(**call) for call in document["calls"])
        plan = plans.from_json(json.dumps(document["plan"]))
        return str(document["scenario"]), Case(int(document["seed"]), calls, plan), str(document["trace_sha256"])
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}", "Give the folder of a simulation, runs/… .") from None
    except (ValueError, LookupError, TypeError) as error:
        raise BadInput(f"{path} is no kept simulation: {error}", "Run `twitterlab simulate` again.") from None


def story(scenario: Scenario, outcome: Outcome) -> list[str]:
    """What went wrong, what clients saw and what was broken, line by line in order of time."""
    happened = [
        (each.at_ms, line)
        for each, line in zip(_in_time(outcome.case.plan), plans.story(outcome.case.plan), strict=False)
    ]
    seen = []
    for line in outcome.history:
        row = json.loads(line)
        is_shown = row["value"] is not None or row["type"] == "ok"
        what = " ".join(
            [row["f"], *([f"{row['key']}"] if row["key"] is not None else []),
             *([json.dumps(row["value"])] if is_shown else [])]
        )  # fmt: skip
        said = {"invoke": "asks", "ok": "is told", "fail": "is refused", "info": "does not know about"}[row["type"]]
        at_ms = row["time"] / 1e6
        seen.append((at_ms, f"{at_ms:,.0f} ms: client {row['process']} {said}: {what}"))
    healed = plans.story(outcome.case.plan)[-1]
    told = [
        line for _, line in sorted([*happened, *seen, (outcome.case.plan.heal_ms, healed)], key=lambda item: item[0])
    ]
    return [*told, *(f"broken: {v.promise}: {v.happened}" for v in outcome.violations)]


def _in_time(plan: FaultPlan) -> list[Any]:
    return sorted(plan.faults, key=lambda each: each.at_ms)


def _judge_all(target: str, seeds: Sequence[int], plan: FaultPlan | None) -> list[Judged]:
    scenario = find(target)
    return [judge(scenario, seed, plan) for seed in seeds]


def judge(scenario: Scenario, seed: int, plan: FaultPlan | None) -> Judged:
    """Run one seed, and keep what counts."""
    outcome = run(scenario, case_of(scenario, seed, plan))
    answered = sum('"type": "ok"' in line for line in outcome.history)
    told = tuple(f"{violation.promise}: {violation.happened}" for violation in outcome.violations)
    return Judged(
        outcome.case.seed,
        told,
        outcome.trace_sha256,
        outcome.trace_events,
        len(outcome.case.calls),
        answered,
        outcome.missed,
    )


def _collect(found: Iterator[list[Judged]], judged: list[Judged], on_done: Callable[[Judged], None]) -> list[Judged]:
    for chunk in found:
        for one in chunk:
            judged.append(one)
            on_done(one)
    return judged
