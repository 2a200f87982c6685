"""Compares the ratios of a run with those of a saved one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from twitterlab.bench.document import from_document
from twitterlab.bench.report import Report
from twitterlab.errors import BadInput

RATIO = "times"
"""The unit of ratios: they alone can be compared between machines and hours."""


@dataclass(frozen=True, slots=True)
class Change:
    """One ratio, then and now."""

    name: str
    before: float
    now: float

    @property
    def percent(self) -> float:
        return 100 * (self.now / self.before - 1)

    def __str__(self) -> str:
        return f"{self.name}: {self.before:.3g} -> {self.now:.3g} times ({self.percent:+.1f} %)"


def saved(path: Path) -> Report:
    """A report as `--json` prints it and as a run's folder holds it. BadInput where it is none."""
    try:
        return from_document(json.loads((path / "report.json" if path.is_dir() else path).read_text("utf-8")))
    except (OSError, LookupError, TypeError, ValueError) as error:
        raise BadInput(
            f"{path} is no report: {error}", "Give a file that `twitterlab bench --json` has made."
        ) from None


def changes(before: Report, now: Report) -> list[Change]:
    """Of every ratio that both have."""
    then = {figure.name: figure.measured for figure in before.figures if figure.unit == RATIO and figure.measured}
    return [
        Change(figure.name, then[figure.name], figure.measured)
        for figure in now.figures
        if figure.unit == RATIO and figure.name in then
    ]
