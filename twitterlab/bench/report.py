"""What a run found: figures against targets, as JSON, as a page, and the trace of what happened."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twitterlab.bench.finding import Finding
from twitterlab.bench.plots import Plot
from twitterlab.model.figure import Figure
from twitterlab.world.trace import Trace

SCHEMA = 1
"""Version of the JSON document; it goes up when a field changes its meaning."""


@dataclass(frozen=True, slots=True)
class PartUse:
    """Whose part filled a slot (`mine`, `reference`), and how often the run called its methods."""

    whose: str
    calls: int


@dataclass(frozen=True, slots=True)
class Report:
    """One run of one week. `parts` maps slot to whose part ran; `blames` maps figure to slots."""

    week: int
    users: int
    follows: int
    seed: int
    parts: Mapping[str, PartUse]
    operations: int
    figures: tuple[Figure, ...]
    trace: Trace = field(default_factory=Trace)
    plots: tuple[Plot, ...] = ()
    blames: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def is_clean(self) -> bool:
        """No target was missed."""
        return all(figure.verdict != "missed" for figure in self.figures)

    def blame(self) -> tuple[str, ...]:
        """For every missed target one sentence that names whose parts to look at: the student's where there are any."""
        return tuple(self._sentence(figure) for figure in self.figures if figure.verdict == "missed")

    def suspects(self, figure: Figure) -> tuple[str, ...]:
        """The parts that can have spoilt a figure, `queue (mine)`: the student's alone where there are any."""
        slots = [slot for slot in self.blames.get(figure.name, ()) if slot in self.parts]
        mine = [slot for slot in slots if self.parts[slot].whose == "mine"]
        return tuple(f"{slot} ({self.parts[slot].whose})" for slot in mine or slots)

    def _sentence(self, figure: Figure) -> str:
        suspects = ", ".join(self.suspects(figure))
        where = f": look at {suspects}" if suspects else ""
        return f"{figure.name} is {figure.measured:,.6g} {figure.unit}, promised {figure.target}{where}"

    def next_look(self) -> str:
        """One line: where to look now."""
        for figure in self.figures:
            if figure.verdict == "missed":
                suspects = self.suspects(figure)
                slot = suspects[0].split()[0] if suspects else ""
                why = f" ({figure.note})" if figure.note else ""
                return f"{self._sentence(figure)}{why}." + (f" Try `twitterlab check {slot}`." if slot else "")
        if self.findings:
            return f"Predict, then read the report: {self.findings[-1].question}"
        return "Open the report."

    def to_json(self) -> dict[str, Any]:
        """The document that `--json` prints. Numbers that are not finite become null."""
        return {
            "schema": SCHEMA,
            "versions": _versions(),
            "week": self.week,
            "users": self.users,
            "follows": self.follows,
            "seed": self.seed,
            "parts": {slot: {"whose": use.whose, "calls": use.calls} for slot, use in self.parts.items()},
            "operations": self.operations,
            "trace_events": self.trace.written,
            "trace_sha256": self.trace.sha256,
            "figures": [_figure(figure) for figure in self.figures],
            "experiments": [_experiment(finding) for finding in self.findings],
            "blame": list(self.blame()),
        }

    def write(self, folder: Path) -> None:
        """Make `folder` with `report.json`, `report.html` and `trace.jsonl`."""
        from twitterlab.bench.html import page

        folder.mkdir(parents=True, exist_ok=True)
        document = json.dumps(self.to_json(), indent=2, ensure_ascii=False, allow_nan=False)
        (folder / "report.json").write_text(document + "\n", encoding="utf-8")
        self.trace.save(folder / "trace.jsonl")
        (folder / "report.html").write_text(page(self), encoding="utf-8")


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "name": figure.name,
        "unit": figure.unit,
        "target": str(figure.target) if figure.target else None,
        "measured": figure.measured if math.isfinite(figure.measured) else None,
        "verdict": figure.verdict,
        "source": figure.source,
        "engine": figure.engine,
        "note": figure.note,
    }


def _experiment(finding: Finding) -> dict[str, Any]:
    return {
        "question": finding.question,
        "choices": list(finding.choices),
        "theory": finding.choices[finding.theory],
        "answer": finding.answer,
        "figures": [figure.name for figure in finding.figures],
    }


def _versions() -> dict[str, str]:
    """What ran: Python and the libraries that figures depend on."""
    import sqlite3
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    for name in ("twitterlab", "redis", "fakeredis"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
