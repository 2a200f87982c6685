"""The syllabus: every day of a workbook, and where its exercise, checks and lesson lie.

It joins two tables: `twitterlab.parts.SLOTS` (the contracts) and each week's `WEEK` (titles, points, targets).
"""

from __future__ import annotations

import difflib
import importlib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from twitterlab.course.workbook import Workbook
from twitterlab.errors import BadInput
from twitterlab.model.week import Day, Week
from twitterlab.parts import SLOTS, Slot


@dataclass(frozen=True, slots=True)
class Entry:
    """One day: what is built, and all that belongs to it under one name."""

    week: Week
    number: int
    day: Day
    slot: Slot

    @property
    def day_id(self) -> str:
        """What students type: week.day."""
        return f"{self.week.number}.{self.number}"

    @property
    def points(self) -> int:
        """What its checks are worth together."""
        return self.day.points

    @property
    def stem(self) -> str:
        """`day3_cache`: the name of its files."""
        return f"day{self.number}_{self.slot.name}"

    @property
    def checks_module(self) -> str:
        """The module of its checks."""
        return f"weeks.week{self.week.number}.checks.{self.stem}"

    def exercise(self, book: Workbook) -> Path:
        """What the student edits."""
        return book.exercises / self.slot.file

    def solution(self, book: Workbook) -> Path:
        """The reference."""
        return book.solutions / self.slot.file

    def lesson(self, book: Workbook) -> Path:
        """What to read."""
        return book.docs / f"week{self.week.number}" / f"{self.stem.replace('_', '-')}.md"


def weeks(book: Workbook) -> tuple[Week, ...]:
    """The weeks of the workbook, in order."""
    return tuple(load(book, f"weeks.week{number}").WEEK for number in _numbers(book))


def week(book: Workbook, number: int) -> Week:
    """One week. BadInput where the workbook has none of this number."""
    known = _numbers(book)
    if number not in known:
        listed = ", ".join(map(str, known)) or "none"
        raise BadInput(f"there is no week {number}", f"There is: {listed}. `twitterlab weeks` lists the days.")
    found: Week = load(book, f"weeks.week{number}").WEEK
    return found


def entries(book: Workbook) -> tuple[Entry, ...]:
    """Every day of the workbook, in order."""
    slots = {slot.name: slot for slot in SLOTS}
    return tuple(
        Entry(week, number, day, slots[day.slot]) for week in weeks(book) for number, day in enumerate(week.days, 1)
    )


def resolve(book: Workbook, text: str) -> tuple[Entry, ...]:
    """The days that `text` names: `1`, `week1`, `1.3`, `cache`, `day3_cache`, a path of an exercise, `all`.

    BadInput with the nearest name where it names none.
    """
    known = entries(book)
    named = _by_name(known)
    wanted = text.strip()
    if wanted.lower() in named:
        return named[wanted.lower()]
    for entry in known:
        if wanted and Path(wanted).resolve() in (entry.exercise(book).resolve(), entry.solution(book).resolve()):
            return (entry,)
    raise BadInput(f"there is no day or part {text!r}", _suggestion(wanted, named))


def load(book: Workbook, name: str) -> ModuleType:
    """The module `name` of this workbook, never its namesake in another one."""
    root = str(book.root)
    if sys.path[:1] != [root]:
        sys.path.insert(0, root)
    top = name.partition(".")[0]
    loaded = sys.modules.get(top)
    if loaded is not None and not Path(loaded.__file__ or "").resolve().is_relative_to(book.root.resolve()):
        for stale in [module for module in sys.modules if module == top or module.startswith(f"{top}.")]:
            del sys.modules[stale]
        importlib.invalidate_caches()
    return importlib.import_module(name)


def _numbers(book: Workbook) -> list[int]:
    found = (re.fullmatch(r"week([1-9][0-9]*)", path.parent.name) for path in book.weeks.glob("week*/__init__.py"))
    return sorted(int(match[1]) for match in found if match)


def _by_name(known: tuple[Entry, ...]) -> Mapping[str, tuple[Entry, ...]]:
    named: dict[str, tuple[Entry, ...]] = {"all": known}
    for entry in known:
        number = entry.week.number
        for name in (str(number), f"week{number}", entry.day_id, entry.slot.name, entry.stem):
            named[name] = (*named.get(name, ()), entry)
    return named


def _suggestion(wanted: str, named: Mapping[str, tuple[Entry, ...]]) -> str:
    near = difflib.get_close_matches(
        Path(wanted).name.removesuffix(".py").lower(), [name for name in named if not name.isdigit()], 1, 0.5
    )
    return f"Did you mean {near[0]}?" if near else "`twitterlab weeks` lists them."
