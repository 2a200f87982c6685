"""A run in words: what happened, which promise was missed, whose part that points to, and where to look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from twitterlab.bench.report import Report, shown
from twitterlab.model.event import TraceEvent
from twitterlab.model.figure import Figure

ACTIONS = {"read": "reads", "post": "posts", "like": "likes", "follow": "follows", "search": "searches"}
MOST_FAULTS = 20


@dataclass(slots=True)
class _Seen:
    """What a trace tells, in bounded memory."""

    last_ns: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    worst: tuple[float, int] = (0.0, 0)  # p99 of a second in ms, and when
    deepest: tuple[float, int] = (0.0, 0)  # events that waited, and when
    faults: list[str] = field(default_factory=list)

    def see(self, event: TraceEvent) -> None:
        self.last_ns = max(self.last_ns, event.at_ns)
        self.kinds[event.kind] += 1
        fields = event.fields
        if event.kind in ACTIONS and fields.get("ok") is False:
            self.failed[event.kind] += 1
        if event.kind == "pulse":
            self.worst = max(self.worst, (_number(fields.get("home_ms_p99")), event.at_ns))
            waiting = _number(fields.get("queue_events")) + _number(fields.get("outbox_events"))
            self.deepest = max(self.deepest, (waiting, event.at_ns))
        if event.kind == "fault" and len(self.faults) < MOST_FAULTS:
            target = fields.get("target")
            who = ", ".join(map(str, target)) if isinstance(target, list) else str(target)
            self.faults.append(f"{event.at_ns / 1e9:.1f} s: {fields.get('fault')} {who}: {fields.get('phase')}s")


def explain(report: Report, events: Iterable[TraceEvent]) -> str:
    """The run in words, a paragraph a line."""
    seen = _Seen()
    for event in events:
        seen.see(event)
    lines = [_what(report), *_happened(seen), "", *_promises(report), "", *_next(report)]
    return "\n".join(lines).strip() + "\n"


def _what(report: Report) -> str:
    engines = sorted({figure.engine for figure in report.figures if figure.source == "live"})
    mine = [slot for slot, use in report.parts.items() if use.whose == "mine"]
    what = f"Week {report.week}" if report.week else "A simulation"
    who = f"{report.users:,} people, {report.follows:,} follows, {report.operations:,} operations, seed {report.seed}"
    parts = f"Your parts: {', '.join(mine)}." if mine else "Every part was the reference's." if report.parts else ""
    return f"{what}: {who}{', on ' + ', '.join(engines) if engines else ''}. {parts}".strip()


def _happened(seen: _Seen) -> list[str]:
    told = []
    if seen.last_ns:
        acts = ", ".join(f"{seen.kinds[action]:,} {many}" for action, many in ACTIONS.items() if seen.kinds[action])
        kept = f": the trace keeps {acts}" if acts else ""
        told.append(f"It took {seen.last_ns / 1e9:.1f} s{kept}.")
    if seen.failed:
        told.append(
            "Failed: " + ", ".join(f"{count:,} {ACTIONS[action]}" for action, count in seen.failed.most_common()) + "."
        )
    if seen.worst[0]:
        told.append(
            f"The slowest second was at {seen.worst[1] / 1e9:.1f} s: 1 of 100 home reads took {seen.worst[0]:,.0f} ms or more."
        )
    if seen.deepest[0] > 1:
        told.append(
            f"At {seen.deepest[1] / 1e9:.1f} s {seen.deepest[0]:,.0f} events waited for their delivery, more than ever else."
        )
    told += [f"Broken on purpose, {fault}" for fault in seen.faults]
    return told


def _promises(report: Report) -> list[str]:
    promised = [figure for figure in report.figures if figure.target is not None]
    missed = [figure for figure in promised if figure.verdict == "missed"]
    if not promised:
        return ["Nothing was promised of this run."]
    if not missed:
        return [f"All {len(promised)} promises were kept."]
    told = [f"{len(promised) - len(missed)} of {len(promised)} promises were kept. These were not:"]
    for figure in missed:
        told += [f"- {figure.name}: {shown(figure)}, promised {figure.target}. {_where(report, figure)}".rstrip()]
        told += [f"  {figure.note}"] if figure.note else []
    return told


def _where(report: Report, figure: Figure) -> str:
    suspects = report.suspects(figure)
    return f"Look at {', '.join(suspects)}." if suspects else ""


def _next(report: Report) -> list[str]:
    questions = [finding.question for finding in report.findings]
    told = [f"Next: {report.next_look()}"]
    return [*told, *([f"The report asks {len(questions)} questions. The first: {questions[0]}"] if questions else [])]


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and value == value else 0.0
