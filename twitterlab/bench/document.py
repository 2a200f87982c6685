"""The report as a JSON document, and back: the one schema of every run."""

from __future__ import annotations

import math
import platform
from typing import Any

from twitterlab.bench.finding import Finding
from twitterlab.bench.report import PartUse, Report, TraceSummary
from twitterlab.model.figure import Figure, Target

SCHEMA = 1
"""Version of the document; it goes up when a field changes its meaning."""


def to_document(report: Report) -> dict[str, Any]:
    """Numbers that are not finite become null."""
    return {
        "schema": SCHEMA,
        "versions": _versions(),
        "week": report.week,
        "users": report.users,
        "follows": report.follows,
        "seed": report.seed,
        "parts": {slot: {"whose": use.whose, "calls": use.calls} for slot, use in report.parts.items()},
        "operations": report.operations,
        "trace_events": report.trace.written,
        "trace_sha256": report.trace.sha256,
        "figures": [_figure(figure) for figure in report.figures],
        "experiments": [_experiment(finding) for finding in report.findings],
        "blame": list(report.blame()),
        "suspects": {name: list(slots) for name, slots in report.blames.items()},
    }


def from_document(document: dict[str, Any]) -> Report:
    """The way back. LookupError, TypeError or ValueError where it is no such document."""
    if document["schema"] != SCHEMA:
        raise ValueError(f"schema {document['schema']}, not {SCHEMA}")
    figures = {entry["name"]: _to_figure(entry) for entry in document["figures"]}
    return Report(
        document["week"],
        document["users"],
        document["follows"],
        document["seed"],
        {slot: PartUse(use["whose"], use["calls"]) for slot, use in document["parts"].items()},
        document["operations"],
        tuple(figures.values()),
        TraceSummary(document["trace_events"], document["trace_sha256"]),
        (),
        {name: tuple(slots) for name, slots in document["suspects"].items()},
        tuple(_to_finding(entry, figures) for entry in document["experiments"]),
    )


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
        "theory": None if finding.theory is None else finding.choices[finding.theory],
        "answer": finding.answer,
        "figures": [figure.name for figure in finding.figures],
    }


def _to_figure(entry: dict[str, Any]) -> Figure:
    target = None
    if entry["target"]:
        sign, bound = entry["target"].split()
        target = Target("==" if sign == "=" else sign, float(bound))
    measured = math.nan if entry["measured"] is None else entry["measured"]
    return Figure(entry["name"], entry["unit"], measured, entry["source"], entry["engine"], target, entry["note"])


def _to_finding(entry: dict[str, Any], figures: dict[str, Figure]) -> Finding:
    choices = tuple(entry["choices"])
    shown = tuple(figures[name] for name in entry["figures"])
    theory = None if entry["theory"] is None else choices.index(entry["theory"])
    return Finding(entry["question"], choices, theory, entry["answer"], shown)


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
