"""Shrinking: from a case that fails to a small one that still fails, by leaving things out.

Delta debugging (Zeller, Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 2002) over calls
and over faults, then each fault is made shorter and simpler and the time before it is cut. A smaller case meets other
random delays, so a candidate may fail under a neighbouring seed: that seed then is the case's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from twitterlab.model.fault import FaultPlan, Partition, Scheduled
from twitterlab.stage.scenario import Call, Case, Outcome, Scenario, run

Item = TypeVar("Item")
SEEDS_A_CANDIDATE = 4
RUNS = 4_000
"""Simulations that one shrinking may cost."""
AFTER_HEALING_MS = 3_000.0
SHORTEST_MS = 1.0


@dataclass(slots=True)
class Shrinker:
    """Makes one failing case small. `on_step` hears of every smaller case; once `is_over` says so, what there is is
    the answer."""

    scenario: Scenario
    on_step: Callable[[Case], object] = lambda case: None
    is_over: Callable[[], bool] = lambda: False
    runs: int = 0
    promise: str = field(default="", init=False)
    _held: set[str] = field(default_factory=set, init=False)  # cases that were tried and did not fail

    def shrink(self, case: Case) -> Outcome:
        """The smallest failing case found, run. ValueError if `case` does not fail."""
        first = run(self.scenario, case)
        if not first.violations:
            raise ValueError(f"seed {case.seed} breaks no promise of {self.scenario.name}")
        self.promise = first.violations[0].promise
        size = None
        while size != _size(case) and self.runs < RUNS and not self.is_over():
            size = _size(case)
            case = self._fewer_calls(case)
            case = self._fewer_faults(case)
            case = self._simpler_faults(case)
            case = self._sooner(case)
        return run(self.scenario, case)

    def _fewer_calls(self, case: Case) -> Case:
        def fails(calls: Sequence[Call]) -> bool:
            nonlocal case
            found = self._fails(replace(case, calls=tuple(calls)))
            case = found or case
            return found is not None

        minimal(list(case.calls), fails)
        return case

    def _fewer_faults(self, case: Case) -> Case:
        def fails(faults: Sequence[Scheduled]) -> bool:
            nonlocal case
            found = self._fails(replace(case, plan=replace(case.plan, faults=tuple(faults))))
            case = found or case
            return found is not None

        minimal(list(case.plan.faults), fails)
        return case

    def _simpler_faults(self, case: Case) -> Case:
        for number in range(len(case.plan.faults)):
            for simpler in _simpler(case.plan.faults[number]):
                faults = (*case.plan.faults[:number], simpler, *case.plan.faults[number + 1 :])
                case = self._fails(replace(case, plan=replace(case.plan, faults=faults))) or case
        return case

    def _sooner(self, case: Case) -> Case:
        """Cut the time before the first thing that happens, and the peace after the last."""
        moments = [call.at_ms for call in case.calls] + [each.at_ms for each in case.plan.faults]
        early_ms = max(0.0, min(moments, default=0.0) - SHORTEST_MS)
        calls = tuple(replace(call, at_ms=call.at_ms - early_ms) for call in case.calls)
        faults = tuple(replace(each, at_ms=each.at_ms - early_ms) for each in case.plan.faults)
        last_ms = max([m - early_ms for m in moments] + [e.at_ms + (e.duration_ms or 0) for e in faults], default=0.0)
        for plan in (
            FaultPlan(faults, last_ms + SHORTEST_MS, last_ms + AFTER_HEALING_MS),
            FaultPlan(faults, case.plan.heal_ms - early_ms, case.plan.until_ms - early_ms),
        ):
            found = self._fails(Case(case.seed, calls, plan)) if plan.until_ms < case.plan.until_ms else None
            if found:
                return found
        return case

    def _fails(self, candidate: Case) -> Case | None:
        """The candidate, under its own or a neighbouring seed, if it breaks the same promise."""
        for shift in range(SEEDS_A_CANDIDATE):
            tried = replace(candidate, seed=candidate.seed + shift)
            if repr(tried) in self._held:
                continue
            if self.runs >= RUNS or self.is_over():
                return None
            self.runs += 1
            if any(violation.promise == self.promise for violation in run(self.scenario, tried).violations):
                self.on_step(tried)
                return tried
            self._held.add(repr(tried))
        return None


def minimal(items: list[Item], fails: Callable[[Sequence[Item]], bool]) -> list[Item]:
    """A part of `items` that fails, and of which nothing can be left out: ddmin."""
    pieces = 2
    while len(items) >= 2:
        size = -(-len(items) // pieces)
        for start in range(0, len(items), size):
            rest = items[:start] + items[start + size :]
            if fails(rest):
                items, pieces = rest, max(2, pieces - 1)
                break
        else:
            if pieces >= len(items):
                break
            pieces = min(len(items), pieces * 2)
    if len(items) == 1 and fails([]):
        return []
    return items


def _simpler(each: Scheduled) -> Iterator[Scheduled]:
    """The same fault, shorter, and without its special ways."""
    if isinstance(each.fault, Partition) and (each.fault.is_one_way or each.fault.flap_ms):
        yield replace(each, fault=Partition(each.fault.against))
    if each.duration_ms is not None:
        for share in (8, 2):
            if each.duration_ms / share >= SHORTEST_MS:
                yield replace(each, duration_ms=round(each.duration_ms / share, 3))


def _size(case: Case) -> tuple[int, int, float, float]:
    lasting_ms = sum(each.duration_ms or 0.0 for each in case.plan.faults)
    return len(case.calls), len(case.plan.faults), lasting_ms, case.plan.until_ms
