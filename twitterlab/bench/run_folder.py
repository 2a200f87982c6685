"""A run folder: `report.json`, `report.html` and `trace.jsonl`, the same for every lab, simulation and benchmark."""

from __future__ import annotations

import json
from pathlib import Path

from twitterlab.bench.document import from_document, to_document
from twitterlab.bench.html import page
from twitterlab.bench.report import Report
from twitterlab.errors import BadInput
from twitterlab.world.trace import Trace


def write(report: Report, folder: Path) -> None:
    """Make `folder` and what belongs in it."""
    folder.mkdir(parents=True, exist_ok=True)
    document = json.dumps(to_document(report), indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "report.json").write_text(document + "\n", encoding="utf-8")
    if isinstance(report.trace, Trace):
        report.trace.save(folder / "trace.jsonl")
    (folder / "report.html").write_text(page(report), encoding="utf-8")


def read(folder: Path) -> Report:
    """The report of a run folder, without its plots: they are in `report.html`. BadInput for anything else."""
    path = folder / "report.json"
    try:
        return from_document(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}", "Give the folder of a run, runs/… .") from None
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise BadInput(f"{path} is no report: {type(error).__name__} {error}", "Run the lab again.") from None


def newest(runs: Path) -> Path:
    """The run folder in `runs` whose report is the youngest. BadInput where there is none."""
    try:
        reports = sorted(runs.glob("*/report.json"), key=lambda path: path.stat().st_mtime)
    except OSError as error:
        raise BadInput(f"{runs}: {error.strerror or error}", "Give the folder of a run, runs/… .") from None
    if not reports:
        raise BadInput(f"there is no run in {runs} yet", "`twitterlab week 1` makes one.")
    return reports[-1].parent
