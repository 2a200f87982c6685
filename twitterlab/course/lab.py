"""Runs a week's lab on a workbook's parts: here with the references, in one watched child with the student's."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from twitterlab.bench import run_folder
from twitterlab.bench.report import PartUse, Report
from twitterlab.course import syllabus
from twitterlab.course.note import Note
from twitterlab.course.parts import assemble, counted, whose_parts
from twitterlab.course.system import blueprint
from twitterlab.course.watched import LabStopped, Watched
from twitterlab.course.workbook import Workbook
from twitterlab.stage.options import LabOptions, check

__all__ = ["LabStopped", "as_request", "run_here", "run_lab"]

CHILD = "twitterlab.course.lab_child"
WALL_S = 900.0
"""A lab is given up after this long, and as many times longer as `seconds` asks for."""


def run_lab(book: Workbook, number: int, options: LabOptions, mine: bool, apart: bool = False) -> Report:
    """The report of week `number`, also written to `options.folder` where there is one.

    BadInput for a week that is not there, options that cannot be run, a part that cannot be loaded; LabStopped
    where a part of the student's hangs, eats the memory or ends the process. `apart` runs the references in a child too.
    """
    syllabus.week(book, number)
    check(options)
    if not (mine or apart):
        return run_here(book, number, options, mine, Note())
    whose = whose_parts(book, number, mine)
    with tempfile.TemporaryDirectory(prefix="twitterlab-lab-") as folder:
        options = replace(options, folder=options.folder or Path(folder) / "run")
        return _watched(book, number, options, whose, mine)


def run_here(book: Workbook, number: int, options: LabOptions, mine: bool, note: Note) -> Report:
    """The lab in this process. Every call of a part is counted in `note`."""
    assembled = assemble(book, number, mine, note)
    system = blueprint(book, number, counted(assembled.parts, note))
    report: Report = import_module(f"weeks.week{number}.labs").run(system, options)
    calls = note.calls()
    report = replace(report, parts={slot: PartUse(whose, calls[slot]) for slot, whose in assembled.whose.items()})
    if options.folder is not None:
        run_folder.write(report, options.folder)
    return report


def _watched(book: Workbook, number: int, options: LabOptions, whose: Mapping[str, str], mine: bool) -> Report:
    """The lab in a child, with its note in the folder that `options` names."""
    assert options.folder is not None

    def hear(message: dict[str, Any]) -> None:
        if "event" in message and options.tell is not None:
            options.tell(message["event"])
        elif "step" in message:
            options.progress(message["step"], message["share"])

    with tempfile.TemporaryDirectory(prefix="twitterlab-note-") as folder:
        watched = Watched(book, number, whose, WALL_S + 10 * (options.seconds or 0))
        request = {"options": as_request(options), "mine": mine, "tells": options.tell is not None}
        watched.run(CHILD, request, Path(folder) / "note", hear)
    return run_folder.read(options.folder)


def as_request(options: LabOptions) -> dict[str, Any]:
    """Options as JSON: paths as text, from here; without those who listen."""
    document = asdict(replace(options, progress=_nothing, tell=None))
    del document["progress"], document["tell"]
    for name in ("graph", "folder", "orders"):
        document[name] = document[name] and str(Path(document[name]).resolve())
    return document


def _nothing(step: str, share: float) -> None:
    return None
