"""A simulated run as it is told: run, kept in a folder and drawn, run again, or made smaller; all of it plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from twitterlab.bench import run_folder
from twitterlab.bench.consistency.judging import judge
from twitterlab.bench.consistency.page import answer_page
from twitterlab.bench.contradiction import contradiction
from twitterlab.bench.document import to_document
from twitterlab.bench.history import parse_history
from twitterlab.bench.history_page import history_page
from twitterlab.bench.linearizability import check
from twitterlab.bench.models import model_named
from twitterlab.bench.report import PartUse, Report
from twitterlab.errors import BadInput
from twitterlab.model.fault import FaultPlan
from twitterlab.stage import simulation
from twitterlab.stage.promises import by_client
from twitterlab.stage.scenario import Case, Outcome, Scenario, case_of, run
from twitterlab.stage.shrink import Shrinker
from twitterlab.world.live import stopwatch_ns
from twitterlab.world.trace import Trace

DRAWN_LIMIT_S = 30.0
Uses = Callable[[], Mapping[str, PartUse]]
"""Whose parts have run so far, and how often they were called."""


def _nobodys() -> Mapping[str, PartUse]:
    return {}


@dataclass(frozen=True, slots=True)
class ToldRun:
    """One run. `violations` and `missed`, the faults that could not be done, are sentences; `report` is the document
    of its report."""

    scenario: str
    seed: int
    calls: int
    faults: int
    trace_sha256: str
    trace_events: int
    violations: tuple[str, ...]
    missed: tuple[str, ...]
    report: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """What `--json` prints."""
        told = {"trace_sha256": self.trace_sha256, "trace_events": self.trace_events}
        return {
            **self.report,
            "scenario": self.scenario,
            **told,
            "violations": list(self.violations),
            "not_done": list(self.missed),
        }


@dataclass(frozen=True, slots=True)
class ToldSmaller:
    """What became of a failing run: calls and faults before and after, how many runs it took, and the story.
    `is_cut_short` says that time ran out before it was tried to leave out everything."""

    calls: tuple[int, int]
    faults: tuple[int, int]
    runs: int
    story: tuple[str, ...]
    is_drawn: bool
    is_cut_short: bool


def simulate(
    scenario: Scenario, target: str, seed: int, plan: FaultPlan | None, folder: Path, uses: Uses = _nobodys
) -> ToldRun:
    """Run one seed and keep it in `folder`, under the name `target`."""
    trace = Trace(seed)
    outcome = run(scenario, case_of(scenario, seed, plan), trace)
    report = _report(scenario, outcome, trace, uses)
    run_folder.write(report, folder)
    simulation.save(target, outcome, folder)
    if outcome.violations:
        _draw(scenario, outcome, folder)
    return _told(scenario, outcome, report)


def again(scenario: Scenario, case: Case, uses: Uses = _nobodys) -> ToldRun:
    """Run a case that was kept, and keep nothing."""
    outcome = run(scenario, case)
    return _told(scenario, outcome, _report(scenario, outcome, Trace(case.seed), uses))


def smaller(
    scenario: Scenario, target: str, case: Case, folder: Path, on_step: Callable[[int, int], object], seconds: float
) -> ToldSmaller:
    """Make a failing case small within about so many seconds, and keep that. `on_step(calls, faults)` hears of progress.
    BadInput if it does not fail."""
    end_ns = stopwatch_ns() + round(seconds * 1e9)
    shrinker = Shrinker(
        scenario, lambda small: on_step(len(small.calls), len(small.plan.faults)), lambda: stopwatch_ns() > end_ns
    )
    try:
        outcome = shrinker.shrink(case)
    except ValueError as error:
        raise BadInput(str(error), "Only a run that failed can be made smaller.") from None
    simulation.save(target, outcome, folder)
    small = outcome.case
    return ToldSmaller(
        (len(case.calls), len(small.calls)), (len(case.plan.faults), len(small.plan.faults)), shrinker.runs,
        tuple(simulation.story(scenario, outcome)), _draw(scenario, outcome, folder), shrinker.is_over(),
    )  # fmt: skip


def _report(scenario: Scenario, outcome: Outcome, trace: Trace, uses: Uses) -> Report:
    return replace(simulation.report_of(scenario, outcome, trace), parts=dict(uses()))


def _told(scenario: Scenario, outcome: Outcome, report: Report) -> ToldRun:
    case = outcome.case
    return ToldRun(
        scenario.name, case.seed, len(case.calls), len(case.plan.faults), outcome.trace_sha256, outcome.trace_events,
        tuple(_sentence(scenario, violation.promise, violation.happened, report) for violation in outcome.violations),
        outcome.missed, to_document(report),
    )  # fmt: skip


def _sentence(scenario: Scenario, promise: str, happened: str, report: Report) -> str:
    """The broken promise, and where to look: at the student's part of those that can have broken it."""
    suspects = replace(report, blames=getattr(scenario, "blames", {})).suspected(promise)
    return f"{promise}: {happened}" + (f": look at {', '.join(suspects)}" if suspects else "")


def _draw(scenario: Scenario, outcome: Outcome, folder: Path) -> bool:
    """The page of the history, where there is a model to judge it by."""
    if not getattr(scenario, "model", ""):
        return False
    model, consistency = model_named(scenario.model), getattr(scenario, "consistency", "linearizable")
    if consistency != "linearizable":
        operations = by_client(outcome.history, scenario.model)
        weaker = judge(operations, model, consistency, DRAWN_LIMIT_S)
        page = answer_page(folder.name, operations, weaker, model.reads)
        (folder / "history.html").write_text(page, encoding="utf-8")
        return True
    answer = check(parse_history(outcome.history, "history", model), model, limit_s=DRAWN_LIMIT_S)
    drawn = {key.key: contradiction(key.operations, model) for key in answer.invalid}
    (folder / "history.html").write_text(history_page(folder.name, answer, model, drawn), encoding="utf-8")
    return True
