"""How far a student is: the best score of each day, kept in the workbook by day id, never by path.

`.twitterlab/progress.json`: `{"schema": 1, "days": {"1.3": {"best": 85, "points": 100}}}`. Keys we do not
know are kept. A file that cannot be read is kept aside as `progress.json.corrupt-1`, and counting begins anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

from twitterlab.course.syllabus import Entry
from twitterlab.course.verdict import Grade
from twitterlab.course.workbook import Workbook

FILE = "progress.json"
SCHEMA = 1


def best(book: Workbook) -> dict[str, int]:
    """The best score so far of each day that was ever checked after it was started."""
    return {day: int(entry["best"]) for day, entry in _read(book.state / FILE)["days"].items()}


def next_unfinished(book: Workbook, entries: Sequence[Entry]) -> Entry | None:
    """The first of `entries` that never had all its points; None once all had."""
    scores = best(book)
    return next((entry for entry in entries if scores.get(entry.day_id, -1) < entry.points), None)


def record(book: Workbook, grade: Grade) -> None:
    """Keep the score of each started day where it is better than before. OSError where nothing can be written."""
    path = book.state / FILE
    document = _read(path)
    for day in grade.days:
        if day.is_started:
            entry = document["days"].setdefault(day.day, {"best": 0})
            entry.update(best=max(int(entry["best"]), day.earned), points=day.points)
    _write(path, document)


def _read(path: Path) -> dict[str, Any]:
    """The document at `path`, an empty one where there is none or where it had to be put aside."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return {"schema": SCHEMA, "days": {}}
    try:
        document = json.loads(text)
        for entry in document["days"].values():
            int(entry["best"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        path.replace(_free_name(path))
        return {"schema": SCHEMA, "days": {}}
    assert isinstance(document, dict)
    return document


def _free_name(path: Path) -> Path:
    """Beside `path`, and not yet taken."""
    names = (path.with_name(f"{path.name}.corrupt-{number}") for number in count(1))
    return next(name for name in names if not name.exists())


def _write(path: Path, document: dict[str, Any]) -> None:
    """Replace the file in one step: a crash leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with draft.open("w", encoding="utf-8") as file:
            json.dump(document, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
