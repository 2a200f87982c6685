"""A recorded run: a run folder as events, with what its report knows put before and after the trace."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from twitterlab.bench import run_folder
from twitterlab.bench.report import Report
from twitterlab.dashboard.playback import Replay
from twitterlab.errors import BadInput
from twitterlab.model.event import TraceEvent
from twitterlab.world.trace import read_trace

NEXT = "Give the folder of a run, such as runs/week1-seed1."


def replay(folder: Path) -> tuple[Replay, Report | None]:
    """A run folder, ready to play; the report is None where there is only a trace. BadInput for anything else."""
    report = run_folder.read(folder) if (folder / "report.json").exists() else None
    return Replay(lambda: _events(folder / "trace.jsonl", report)), report


def before(report: Report) -> Iterator[TraceEvent]:
    """What a report knows from the start: whose parts ran and what was promised."""
    yield TraceEvent(0, "parts", {slot: [use.whose, use.calls] for slot, use in report.parts.items()})
    bounds = {each.name: [each.target.comparison, each.target.bound] for each in report.figures if each.target}
    yield TraceEvent(0, "targets", bounds)


def after(report: Report, at_ns: int) -> Iterator[TraceEvent]:
    """How it came out: a line a missed target, then the sum."""
    for sentence in report.blame():
        yield TraceEvent(at_ns, "missed", {"text": sentence})
    missed = len(report.blame())
    promised = sum(figure.target is not None for figure in report.figures)
    text = f"{missed} of {promised} targets missed" if missed else f"all {promised} targets met"
    yield TraceEvent(at_ns, "outcome", {"text": text})


def _events(path: Path, report: Report | None) -> Iterator[TraceEvent]:
    last_ns = 0
    for event in chain(before(report) if report else (), _checked(path)):
        last_ns = max(last_ns, event.at_ns)
        yield event
    if report:
        yield from after(report, last_ns)


def _checked(path: Path) -> Iterator[TraceEvent]:
    """The trace; a time that is none, or a kind that is no word, is bad input too."""
    try:
        for event in read_trace(path):
            if type(event.at_ns) is not int or not isinstance(event.kind, str):
                raise BadInput(f"{path}: an event whose time or kind is none", "Run it again.")
            yield event
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}", NEXT) from None
