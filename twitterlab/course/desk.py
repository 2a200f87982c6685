"""The desk: what a student does with one day, beside checking it. Every step keeps what was there."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from twitterlab.course import drawer, hints, progress, syllabus
from twitterlab.course.starters import is_not_started, starter
from twitterlab.course.syllabus import Entry
from twitterlab.course.verdict import Grade
from twitterlab.course.workbook import Workbook
from twitterlab.errors import BadInput


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a student is with one day."""

    entry: Entry
    best: int
    hints: int
    is_begun: bool
    is_given_up: bool
    is_caught_up: bool

    @property
    def is_done(self) -> bool:
        return self.best >= self.entry.points

    @property
    def state(self) -> str:
        """In words."""
        if self.is_done:
            return "done after the answer was shown" if self.is_given_up else "done"
        if self.is_caught_up:
            return "reference, not earned"
        return "begun" if self.is_begun else "not started"


def standing(book: Workbook, entry: Entry) -> Standing:
    """One day's standing."""
    known = progress.days(book).get(entry.day_id, {})
    return Standing(
        entry,
        int(known.get("best", 0)),
        int(known.get("hints", 0)),
        _is_begun(book, entry),
        bool(known.get("given_up")),
        bool(known.get("caught_up")),
    )


def next_entry(book: Workbook, entries: Sequence[Entry]) -> Entry | None:
    """The first day that is neither done nor caught up with."""
    for entry in entries:
        now = standing(book, entry)
        if not now.is_done and not now.is_caught_up:
            return entry
    return None


def the_one(book: Workbook, what: str | None) -> Entry:
    """The day that `what` names, or the next one. BadInput where it names several, or where all are done."""
    if what is None:
        found = next_entry(book, syllabus.entries(book))
        if found is None:
            raise BadInput("every day is done", "Name one, as in `twitterlab diff 1.3`.")
        return found
    several = syllabus.resolve(book, what)
    if len(several) > 1:
        raise BadInput(f"{what} has {len(several)} days", f"Name one of them, as in {several[0].day_id}.")
    return several[0]


def next_hint(book: Workbook, entry: Entry, level: int | None) -> tuple[int, str]:
    """One more hint than were read, or the one of `level`; it is remembered that it was read."""
    read = standing(book, entry).hints
    wanted = level or min(read + 1, len(hints.levels(book, entry)))
    text = hints.hint(book, entry, wanted)
    if wanted > read:
        progress.mark(book, entry.day_id, hints=wanted)
    return wanted, text


def reset(book: Workbook, entry: Entry) -> Path | None:
    """The starter anew; where the copy of the student's file lies, None if it was the starter already."""
    if standing(book, entry).is_caught_up:
        progress.mark(book, entry.day_id, caught_up=False)
    return drawer.replace(book, entry.exercise(book), starter_of(book, entry).encode())


def answer(book: Workbook, entry: Entry, give_up: bool) -> str:
    """The reference. BadInput before the day is done, unless the student gives it up, which is remembered."""
    if not standing(book, entry).is_done:
        if not give_up:
            raise BadInput(
                f"day {entry.day_id} is not done yet",
                "`twitterlab hint` helps; --give-up shows the answer all the same.",
            )
        progress.mark(book, entry.day_id, given_up=True)
    return entry.solution(book).read_text(encoding="utf-8")


def difference(book: Workbook, entry: Entry, give_up: bool) -> str:
    """From the student's file to the reference, as a unified diff. BadInput as `answer` has it."""
    theirs = answer(book, entry, give_up).splitlines(keepends=True)
    mine = entry.exercise(book).read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    return "".join(difflib.unified_diff(mine, theirs, "yours", "reference"))


def catch_up(book: Workbook, entries: Sequence[Entry]) -> list[Entry]:
    """Put the reference where nothing was begun, marked as not earned. The days it was done for."""
    done = []
    for entry in entries:
        if not _is_begun(book, entry):
            progress.mark(book, entry.day_id, caught_up=True)
            drawer.replace(book, entry.exercise(book), entry.solution(book).read_bytes())
            done.append(entry)
    return done


def record(book: Workbook, entries: Sequence[Entry], grade: Grade) -> None:
    """Keep the scores, save of days where the reference itself was handed in after catching up or giving up."""
    borrowed = {entry.day_id for entry in entries if _is_borrowed(book, entry)}
    progress.record(book, replace(grade, days=tuple(day for day in grade.days if day.day not in borrowed)))


def _is_borrowed(book: Workbook, entry: Entry) -> bool:
    now = standing(book, entry)
    if not (now.is_caught_up or now.is_given_up):
        return False
    mine, theirs = (path.read_text(encoding="utf-8") for path in (entry.exercise(book), entry.solution(book)))
    return is_not_started(mine, theirs)


def starter_of(book: Workbook, entry: Entry) -> str:
    """The exercise before anybody worked on it."""
    path = entry.solution(book)
    return starter(path.read_text(encoding="utf-8"), path.name)


def _is_begun(book: Workbook, entry: Entry) -> bool:
    path = entry.exercise(book)
    if not path.is_file():
        return False
    return not is_not_started(path.read_text(encoding="utf-8", errors="replace"), starter_of(book, entry))
