"""A progress bar on standard error: a bar on a terminal, a line a step elsewhere."""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import Any

FIRST_S = 0.5


class Bar:
    """A terminal sees it at once. Elsewhere the first line comes with the first step, or after `FIRST_S`: bad input
    that is found sooner is then all there is to read."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._step = ""
        self._bar: Any = None
        self._task: Any = None
        self._first = threading.Timer(FIRST_S, self._begin)

    def __enter__(self) -> Bar:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
            self._bar = Progress(*columns, console=Console(stderr=True), auto_refresh=False, transient=True)
            self._task = self._bar.add_task(f"{self._title}: starting", total=1.0)
            self._bar.start()
            self._bar.refresh()
        else:
            self._first.daemon = True
            self._first.start()
        return self

    def show(self, step: str, share: float) -> None:
        """`share` of the whole in [0, 1] is done; `step` is what goes on now."""
        if self._bar is not None:
            self._bar.update(self._task, description=f"{self._title}: {step}", completed=share)
            self._bar.refresh()
        elif step != self._step:
            self._first.cancel()
            print(f"{self._title}: {step}", file=sys.stderr, flush=True)
        self._step = step

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Leave the line to others."""
        self._first.cancel()
        if self._bar is not None:
            self._bar.stop()

    def _begin(self) -> None:
        print(f"{self._title}: starting", file=sys.stderr, flush=True)
