"""Watching a run while it goes on: the lab in a child process, its events on the screen, its breaking by keys."""

from __future__ import annotations

import tempfile
import threading
from dataclasses import replace
from pathlib import Path

from twitterlab.bench.explain import explain
from twitterlab.bench.report import Report
from twitterlab.course.lab import run_lab
from twitterlab.course.parts import whose_parts
from twitterlab.course.workbook import Workbook
from twitterlab.dashboard.app import Dashboard
from twitterlab.dashboard.messages import RunEnded
from twitterlab.dashboard.playback import SPEEDS, Live
from twitterlab.dashboard.recorded import after, before
from twitterlab.dashboard.watch import need_terminal
from twitterlab.model.event import TraceEvent
from twitterlab.stage.options import Event, LabOptions
from twitterlab.world.live import stopwatch_ns
from twitterlab.world.trace import read_trace


class _Stopped(Exception):
    """The reader has quit: the run is over."""


class LiveLab:
    """A lab that runs in a thread of its own, which only listens to the child that does the work."""

    def __init__(self, book: Workbook, number: int, options: LabOptions, mine: bool, orders: Path) -> None:
        self.source = Live()
        self.report: Report | None = None
        self.error: Exception | None = None
        self._book, self._number, self._mine, self._orders = book, number, mine, orders
        self._options = replace(options, progress=self._progress, tell=self._tell, orders=orders)
        self._started_ns, self._at_ns, self._step = stopwatch_ns(), 0, ""
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run, name="lab", daemon=True)

    def start(self, app: Dashboard) -> None:
        """Run the lab, and tell `app` when it has ended."""
        self._app = app
        self._thread.start()

    def order(self, what: str) -> None:
        """Have something broken."""
        with self._orders.open("a", encoding="utf-8") as file:
            file.write(f"{what}\n")

    def explained(self) -> str:
        """The run in words, once it is over."""
        assert self.report is not None
        trace = self._options.folder / "trace.jsonl" if self._options.folder else None
        return explain(self.report, read_trace(trace) if trace is not None and trace.is_file() else ())

    def stop(self) -> None:
        """End the child and wait for its end."""
        self._is_stopped = True
        self.order(f"pace {SPEEDS[-1]:g}")  # a simulated run that waits would not hear
        self._thread.join(10)

    def _run(self) -> None:
        try:
            whose = whose_parts(self._book, self._number, self._mine)
            self.source.push(TraceEvent(0, "parts", {slot: [name, 0] for slot, name in whose.items()}))
            self.report = run_lab(self._book, self._number, self._options, self._mine, apart=True)
            for event in (*before(self.report), *after(self.report, self._at_ns)):
                self.source.push(event)
        except _Stopped:
            return
        except Exception as error:
            self.error = error
        finally:
            self.source.close()
        self._app.call_from_thread(self._app.post_message, RunEnded(self.error))

    def _tell(self, event: Event) -> None:
        if self._is_stopped:
            raise _Stopped
        at_ns, kind, fields = event
        self._at_ns = max(self._at_ns, at_ns)
        self.source.push(TraceEvent(at_ns, kind, dict(fields)))

    def _progress(self, step: str, share: float) -> None:
        if self._is_stopped:
            raise _Stopped
        if step == self._step:
            self.source.push(TraceEvent(self._at_ns, "progress", {"share": share}))
        else:
            self._step = step
            self.source.push(TraceEvent(self._at_ns, "step", {"text": step, "share": share}))


def watch_live(book: Workbook, number: int, options: LabOptions, mine: bool) -> Report | None:
    """The lab on the dashboard until the reader quits; its report, None where it was stopped before its end.

    Whatever stopped the lab is raised. BadInput where there is no terminal.
    """
    need_terminal()
    with tempfile.TemporaryDirectory(prefix="twitterlab-orders-") as folder:
        lab = LiveLab(book, number, options, mine, Path(folder) / "orders")
        app = Dashboard(lab.source, f"Week {number} · live", lab.order, lab.explained)
        app.call_later(lab.start, app)
        app.run()
        lab.stop()
    if lab.error is not None:
        raise lab.error
    return lab.report
