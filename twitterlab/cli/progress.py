"""A progress bar on standard error: a bar on a terminal, a line a step elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any


class Bar:
    """Shows the first word at once; `show(step, share)` moves it."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._step = ""
        self._bar: Any = None
        self._task: Any = None

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
            print(f"{self._title}: starting", file=sys.stderr, flush=True)
        return self

    def show(self, step: str, share: float) -> None:
        """`share` of the whole in [0, 1] is done; `step` is what goes on now."""
        if self._bar is not None:
            self._bar.update(self._task, description=f"{self._title}: {step}", completed=share)
            self._bar.refresh()
        elif step != self._step:
            print(f"{self._title}: {step}", file=sys.stderr, flush=True)
        self._step = step

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
