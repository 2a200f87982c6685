"""The lab in a notebook: `from twitterlab import lab`, then `lab.run(1)` or `lab.experiment("pull, push, cached")`.

A notebook has an event loop of its own, so whatever is run here runs on another thread.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from twitterlab.bench import html
from twitterlab.bench.finding import Finding
from twitterlab.bench.report import Report
from twitterlab.course.lab import run_lab
from twitterlab.course.system import system_of
from twitterlab.course.workbook import find, find_or_packaged
from twitterlab.errors import BadInput
from twitterlab.model.figure import Figure
from twitterlab.stage import week1, week2
from twitterlab.stage.experiments.experiment import Experiment
from twitterlab.stage.options import LabOptions

T = TypeVar("T")
_EXPERIMENTS = {1: week1.EXPERIMENTS, 2: week2.EXPERIMENTS}


@dataclass(frozen=True, slots=True)
class Shown:
    """A report or a finding that a notebook draws. `figures` by name."""

    figures: dict[str, Figure]
    _page: str

    def __getitem__(self, name: str) -> float:
        """What was measured under this name."""
        return self.figures[name].measured

    def _repr_html_(self) -> str:
        return self._page


def run(week: int = 1, mine: bool = False, **options: Any) -> Shown:
    """The whole lab of a week; `users`, `seconds`, `seed`, `graph`, `engine` as on the command line."""
    book = find() if mine else find_or_packaged()

    def lab() -> Report:
        with tempfile.TemporaryDirectory(prefix="twitterlab-notebook-") as folder:
            return run_lab(book, week, LabOptions(**{"folder": Path(folder) / "run", **options}), mine)

    report = _elsewhere(lab)
    return Shown({figure.name: figure for figure in report.figures}, html.fragment(report))


def experiments(week: int = 1) -> list[str]:
    """The names that `experiment` knows."""
    return [experiment.name for experiment in _of(week)]


def experiment(name: str, week: int = 1, mine: bool = False, seed: int = 1) -> Shown:
    """One experiment of a week, with the reference parts or with yours. BadInput for a name it does not know."""
    chosen = next((experiment for experiment in _of(week) if experiment.name == name), None)
    if chosen is None:
        raise BadInput(f"there is no experiment {name!r}", f"There is: {', '.join(experiments(week))}.")

    def conduct() -> Finding:
        with tempfile.TemporaryDirectory(prefix="twitterlab-notebook-") as folder:
            return chosen.run(system_of(week, mine), Path(folder), seed)

    finding = _elsewhere(conduct)
    return Shown({figure.name: figure for figure in finding.figures}, html.finding(finding))


def _of(week: int) -> tuple[Experiment, ...]:
    if week not in _EXPERIMENTS:
        raise BadInput(
            f"week {week} has no experiments", f"There are some in week {', '.join(map(str, _EXPERIMENTS))}."
        )
    return _EXPERIMENTS[week]


def _elsewhere(task: Callable[[], T]) -> T:
    """The result of `task`, run where no event loop runs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(task).result()
