"""How far a student is: the best score of each day, kept in the workbook by day id, never by path.

`.twitterlab/progress.json`: `{"schema": 1, "days": {"1.3": {"best": 85, "points": 100, "hints": 1}}}`. Keys we do not
know are kept. A file that cannot be read is kept aside as `progress.json.corrupt-1`, and counting begins anew.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

from twitterlab.course import drawer
from twitterlab.course.syllabus import Entry
from twitterlab.course.verdict import Grade
from twitterlab.course.workbook import Workbook
from twitterlab.errors import BadInput

FILE = "progress.json"
SCHEMA = 1


def best(book: Workbook) -> dict[str, int]:
    """The best score so far of each day that was ever checked after it was started."""
    return {day: int(entry["best"]) for day, entry in _read(book.state / FILE)["days"].items()}


def days(book: Workbook) -> dict[str, dict[str, Any]]:
    """All that is known, by day id: `best`, `points`, `hints` read, whether it was `given_up` or `caught_up`."""
    return {day: dict(entry) for day, entry in _read(book.state / FILE)["days"].items()}


def mark(book: Workbook, day: str, **facts: int | bool) -> None:
    """Remember `facts` of a day beside its score. OSError where nothing can be written."""
    path = book.state / FILE
    document = _read(path)
    document["days"].setdefault(day, {"best": 0}).update(facts)
    _write(path, document)


def take_over(book: Workbook, text: str) -> int:
    """Merge an exported progress: the better score and every mark stay. How many days it had; BadInput if it is none."""
    try:
        found = {str(day): dict(entry) for day, entry in json.loads(text)["days"].items()}
        scores = {day: int(entry["best"]) for day, entry in found.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise BadInput("this is no exported progress", "Make one with `twitterlab progress --export FILE`.") from None
    path = book.state / FILE
    document = _read(path)
    for day, entry in found.items():
        mine = document["days"].setdefault(day, {"best": 0})
        best = max(int(mine["best"]), scores[day])
        mine.update({key: value for key, value in entry.items() if key not in mine or key == "points"}, best=best)
    _write(path, document)
    return len(found)


def export(book: Workbook) -> str:
    """All progress as one JSON document."""
    return json.dumps(_read(book.state / FILE), indent=1, sort_keys=True) + "\n"


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
    drawer.put(path, json.dumps(document, indent=1, sort_keys=True).encode())
