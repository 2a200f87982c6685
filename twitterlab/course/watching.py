"""Watching one exercise: it is checked whenever it is saved, by a child that is warm before the save comes."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from twitterlab.course import desk
from twitterlab.course.grader import grade, warm_up
from twitterlab.course.grader_process import GraderProcess
from twitterlab.course.syllabus import Entry
from twitterlab.course.verdict import Grade, Verdict
from twitterlab.course.workbook import Workbook


class Watch:
    """One day under watch. Use it as a context: a warm child is not left behind."""

    def __init__(self, book: Workbook, entry: Entry) -> None:
        self._book = book
        self.entry = entry
        self._seen: tuple[int, int] | None = None
        self._warm: GraderProcess | None = None

    def __enter__(self) -> Self:
        self._warm_up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cool_down()

    def turn_to(self, entry: Entry) -> None:
        """Watch another day."""
        if entry != self.entry:
            self.entry, self._seen = entry, None
            self._cool_down()
            self._warm_up()

    def has_changed(self) -> bool:
        """Whether the file was saved since it was last asked; true at first."""
        try:
            found = self.entry.exercise(self._book).stat()
        except OSError:
            return False
        now = (found.st_mtime_ns, found.st_size)
        is_new, self._seen = now != self._seen, now
        return is_new

    def check(self, on_verdict: Callable[[Verdict], None]) -> Grade:
        """Check the file as it is now, and remember the score. BadInput for what is not Python."""
        warm, self._warm = self._warm, None
        try:
            found = grade(self._book, (self.entry,), on_verdict=on_verdict, warm=warm)
            desk.record(self._book, (self.entry,), found)
        finally:
            if warm is not None and not warm.is_asked:
                self._warm = warm  # it had nothing to do and still waits
            else:
                self._warm_up()
        return found

    def _warm_up(self) -> None:
        self._warm = warm_up(self._book, (self.entry,))

    def _cool_down(self) -> None:
        if self._warm is not None:
            self._warm.__exit__(None, None, None)
            self._warm = None
