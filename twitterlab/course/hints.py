"""Hints: three a day, from a nudge to the idea. They lie beside the week's checks, as Markdown with one `## ` a level."""

from __future__ import annotations

import re

from twitterlab.course.syllabus import Entry
from twitterlab.course.workbook import Workbook
from twitterlab.errors import BadInput

LEVELS = 3


def hint(book: Workbook, entry: Entry, level: int) -> str:
    """The text of one level, from 1. BadInput for a level that is not there."""
    found = levels(book, entry)
    if not 1 <= level <= len(found):
        raise BadInput(f"day {entry.day_id} has hints 1 to {len(found)}", f"Try `twitterlab hint {entry.day_id}`.")
    return found[level - 1]


def levels(book: Workbook, entry: Entry) -> tuple[str, ...]:
    """Every level of a day, the gentlest first."""
    path = book.weeks / f"week{entry.week.number}" / "hints" / f"{entry.stem}.md"
    if not path.is_file():
        return ()
    _, *parts = re.split(r"^## .*$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return tuple(part.strip() for part in parts)
