"""The grader: what is asked to be checked, from sources on disk to a grade. What runs a check is `grader_run`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from twitterlab.course.grader_process import GraderProcess
from twitterlab.course.grader_run import Run, Task
from twitterlab.course.limits import Limits
from twitterlab.course.starters import is_not_started, starter
from twitterlab.course.syllabus import Entry
from twitterlab.course.verdict import DayGrade, Grade, Verdict
from twitterlab.course.workbook import Workbook
from twitterlab.errors import BadInput

Whose = Literal["exercises", "solutions", "null"]
OWNER = {"exercises": "Your", "solutions": "The reference", "null": "The null"}


def grade(
    book: Workbook,
    entries: Sequence[Entry],
    whose: Whose = "exercises",
    on_verdict: Callable[[Verdict], None] = lambda verdict: None,
    seed: int = 0,
    limits: Limits | None = None,
    warm: GraderProcess | None = None,
) -> Grade:
    """Check the parts of `entries`; each verdict is handed to `on_verdict` as it is reached.

    BadInput for an exercise that is missing or is not Python. A part that equals its starter is not run.
    `warm` is a child made by `warm_up` for these entries and this seed; it is used once.
    """
    tasks = [_task(book, entry, whose) for entry in entries if whose != "exercises" or is_started(book, entry)]
    heard: dict[str, list[Verdict]] = {}
    for verdict in _in_order(book, entries, Run(book.root, tasks, seed, limits or Limits(), warm=warm).verdicts()):
        heard.setdefault(verdict.day, []).append(verdict)
        on_verdict(verdict)
    days = (DayGrade(e.day_id, e.slot.name, e.day.title, e.points, tuple(heard[e.day_id])) for e in entries)
    return Grade(tuple(days), seed)


def warm_up(book: Workbook, entries: Sequence[Entry], seed: int = 0) -> GraderProcess:
    """A child that has imported the checks of `entries` and waits."""
    return GraderProcess(None, seed, ahead=[str(book.root), *(entry.checks_module for entry in entries)])


def is_started(book: Workbook, entry: Entry) -> bool:
    """Whether the exercise differs from its starter. BadInput where it is missing or is not Python."""
    path = entry.exercise(book)
    source = _read(path, book)
    return not is_not_started(source, starter(entry.solution(book).read_text(encoding="utf-8"), path.name))


def _read(path: Path, book: Workbook) -> str:
    """The source of an exercise, which is read here and run elsewhere."""
    name = path.relative_to(book.root).as_posix()
    try:
        source = path.read_text(encoding="utf-8")
        ast.parse(source, str(path))
    except FileNotFoundError:
        raise BadInput(f"{name} is missing", "`twitterlab dev starters` writes it anew.") from None
    except SyntaxError as error:
        raise BadInput(f"{name}:{error.lineno}: {error.msg}", "Mend that line, then check again.") from None
    except (ValueError, RecursionError, MemoryError, OSError) as error:
        raise BadInput(f"{name} cannot be read as Python: {error}", "Mend it, then check again.") from None
    return source


def _task(book: Workbook, entry: Entry, whose: Whose) -> Task:
    path = entry.exercise(book) if whose == "exercises" else entry.solution(book) if whose == "solutions" else None
    return Task(
        entry.day_id, entry.slot.name, path and path.resolve(), entry.checks_module, f"{OWNER[whose]} {entry.slot.name}"
    )


def _in_order(book: Workbook, entries: Sequence[Entry], verdicts: Iterator[Verdict]) -> Iterator[Verdict]:
    """`verdicts` by day, and one of its own for each day that nobody ran because it was not started."""
    ahead = next(verdicts, None)
    for entry in entries:
        if ahead is None or ahead.day != entry.day_id:
            yield _not_started(book, entry)
        while ahead is not None and ahead.day == entry.day_id:
            yield ahead
            ahead = next(verdicts, None)


def _not_started(book: Workbook, entry: Entry) -> Verdict:
    read = entry.lesson(book).relative_to(book.root).as_posix()
    return Verdict(entry.slot.name, 0, entry.day.title, entry.points, 0, "not_started", read=read, day=entry.day_id)
