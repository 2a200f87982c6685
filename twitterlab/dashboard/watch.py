"""Watching: the dashboard over a recorded run."""

from __future__ import annotations

import sys
from pathlib import Path

from twitterlab.bench.explain import explain
from twitterlab.dashboard.app import Dashboard
from twitterlab.dashboard.recorded import replay
from twitterlab.errors import BadInput
from twitterlab.world.trace import read_trace


def watch_again(folder: Path) -> None:
    """Replay a run folder until the reader quits. BadInput where it is none, or where there is no terminal."""
    source, report = replay(folder)
    need_terminal()
    title = f"Week {report.week} · {folder.name}" if report else folder.name
    explained = (lambda: explain(report, read_trace(folder / "trace.jsonl"))) if report else None
    Dashboard(source, title, explain=explained).run()


def need_terminal() -> None:
    """BadInput where there is none."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise BadInput("the dashboard needs a terminal", "`twitterlab explain RUN` says it in words.")
