"""What a run found: figures against targets, as JSON, as a page, and the trace of what happened."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twitterlab.bench.plots import Plot
from twitterlab.model.figure import Figure

SCHEMA = 1
"""Version of the JSON document; it goes up when a field changes its meaning."""
TRACE_LIMIT = 100_000
"""Events that a trace keeps; later ones are only counted."""


class Trace:
    """What happened, in order. `written` counts all events, `lines` holds the first `TRACE_LIMIT`."""

    def __init__(self, limit: int = TRACE_LIMIT) -> None:
        self.lines: list[tuple[int, str, Mapping[str, Any]]] = []
        self.written = 0
        self._limit = limit

    def write(self, at_ms: int, kind: str, fields: Mapping[str, Any]) -> None:
        """Add one event at Unix milliseconds."""
        self.written += 1
        if len(self.lines) < self._limit:
            self.lines.append((at_ms, kind, fields))


@dataclass(frozen=True, slots=True)
class Report:
    """One run of one week. `parts` maps slot to whose part ran; `blames` maps figure to slots."""

    week: int
    users: int
    follows: int
    seed: int
    parts: Mapping[str, str]
    operations: int
    figures: tuple[Figure, ...]
    trace: Trace = field(default_factory=Trace)
    plots: tuple[Plot, ...] = ()
    blames: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    next_look: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """No target was missed."""
        return all(figure.verdict != "missed" for figure in self.figures)

    def blame(self) -> tuple[str, ...]:
        """For every missed target one sentence that names the parts to look at, the student's first."""
        sentences = []
        for figure in self.figures:
            if figure.verdict != "missed":
                continue
            slots = sorted(self.blames.get(figure.name, ()), key=lambda slot: self.parts.get(slot) != "mine")
            named = ", ".join(f"{slot} ({self.parts.get(slot, 'null')})" for slot in slots)
            where = f": look at {named}" if named else ""
            sentences.append(f"{figure.name} is {figure.measured:g} {figure.unit}, promised {figure.target}{where}")
        return tuple(sentences)

    def to_json(self) -> dict[str, Any]:
        """The document that `--json` prints. Numbers that are not finite become null."""
        return {
            "schema": SCHEMA,
            "versions": _versions(),
            "week": self.week,
            "users": self.users,
            "follows": self.follows,
            "seed": self.seed,
            "parts": dict(self.parts),
            "operations": self.operations,
            "trace_events": self.trace.written,
            "figures": [
                {
                    "name": figure.name,
                    "unit": figure.unit,
                    "target": str(figure.target) if figure.target else None,
                    "measured": figure.measured if math.isfinite(figure.measured) else None,
                    "verdict": figure.verdict,
                    "source": figure.source,
                    "engine": figure.engine,
                    "note": figure.note,
                }
                for figure in self.figures
            ],
            "blame": list(self.blame()),
        }

    def write(self, folder: Path) -> None:
        """Make `folder` with `report.json`, `report.html` and `trace.jsonl`."""
        from twitterlab.bench.html import page

        folder.mkdir(parents=True, exist_ok=True)
        document = json.dumps(self.to_json(), indent=2, ensure_ascii=False, allow_nan=False)
        (folder / "report.json").write_text(document + "\n", encoding="utf-8")
        with (folder / "trace.jsonl").open("w", encoding="utf-8") as out:
            for at_ms, kind, fields in self.trace.lines:
                out.write(json.dumps({"at_ms": at_ms, "kind": kind, **fields}, ensure_ascii=False, default=str) + "\n")
        (folder / "report.html").write_text(page(self, self.plots), encoding="utf-8")


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
