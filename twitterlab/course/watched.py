"""A child process that runs a workbook's parts, and its parent, which names the part that hangs or brings it down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from twitterlab.course import syllabus
from twitterlab.course.grader_process import GraderProcess
from twitterlab.course.limits import Limits
from twitterlab.course.note import Note
from twitterlab.course.syllabus import Entry
from twitterlab.course.workbook import Workbook
from twitterlab.errors import BadInput, TwitterlabError
from twitterlab.world.live import stopwatch_ns

LIMITS = Limits(memory_mb=3_072, output_bytes=2_000_000_000, open_files=4_096)
TICK_S = 0.25
HANG_S = 8.0
"""A call of a part that lasts this long has not come back: the longest honest one takes milliseconds."""


class LabStopped(TwitterlabError):
    """A part brought the run down: what happened and whose part it was."""


@dataclass(slots=True)
class Watched:
    """One child with the parts of week `number`. `what` is what runs in it, as a sentence may begin."""

    book: Workbook
    number: int
    whose: Mapping[str, str]
    wall_s: float
    what: str = "The lab"
    _last_slot: str | None = None
    _since_ns: int = 0
    _seen: tuple[str | None, dict[str, int]] = field(default_factory=lambda: (None, {}))

    def run(
        self, child: str, request: Mapping[str, Any], note_path: Path, hear: Callable[[dict[str, Any]], None]
    ) -> dict[str, Any]:
        """The last message of the module `child`, which has `is_done`; `hear` is told the others.

        BadInput where the child says so; LabStopped where a part hangs, eats the memory or ends the process. What
        `hear` raises ends the child.
        """
        started_ns = self._since_ns = stopwatch_ns()
        with Note(note_path) as note, GraderProcess(self._request(request, note_path), 0, child) as process:
            while True:
                try:
                    message = process.hear(TICK_S)
                except TimeoutError:
                    message = {}
                if message is None:
                    self._last_slot = note.in_call() or self._last_slot
                    raise self._ended(process)
                if "is_done" in message:
                    return message
                self._judge(message)
                hear(message)
                if self._hangs(note) or stopwatch_ns() - started_ns > self.wall_s * 1e9:
                    raise self._stuck(process)

    def _request(self, request: Mapping[str, Any], note_path: Path) -> dict[str, Any]:
        return {
            **request, "root": str(self.book.root), "is_own": self.book.is_own, "number": self.number,
            "note": str(note_path), "limits": asdict(LIMITS),
        }  # fmt: skip

    def _judge(self, message: Mapping[str, Any]) -> None:
        """Pass on what is wrong with the input or with a part."""
        if "bad" in message:
            raise BadInput(*message["bad"])
        if "broke" in message:
            self._last_slot = message["slot"] or self._last_slot
            raise LabStopped(f"{self._whose(self._last_slot)} {message['broke']}", self._next())

    def _hangs(self, note: Note) -> bool:
        """The same call of the same part for too long."""
        now = (note.in_call(), note.calls())
        self._last_slot = now[0] or self._last_slot
        if now[0] is None or now != self._seen:
            self._seen, self._since_ns = now, stopwatch_ns()
        return stopwatch_ns() - self._since_ns > HANG_S * 1e9 and now[0] is not None

    def _stuck(self, process: GraderProcess) -> LabStopped:
        where = process.where(self._path(self._last_slot)) if self._last_slot else ""
        place = f" ({where})" if where else ""
        return LabStopped(f"{self._whose(self._last_slot)} did not come back{place}", self._next())

    def _ended(self, process: GraderProcess) -> LabStopped:
        code = process.end()
        why = (
            "was ended by the system, as when memory runs out"
            if code == -9
            else f"ended the process (exit code {code})"
        )
        return LabStopped(f"{self._whose(self._last_slot)} {why}", self._next())

    def _whose(self, slot: str | None) -> str:
        if slot is None:
            return self.what
        return f"Your {slot}" if self.whose[slot] == "mine" else f"The reference {slot}"

    def _next(self) -> str:
        return f"Try `twitterlab check {self._last_slot or self.number}`."

    def _path(self, slot: str) -> Path:
        """The file of the part in use."""
        at = Entry.exercise if self.whose[slot] == "mine" else Entry.solution
        return next(at(entry, self.book) for entry in syllabus.entries(self.book) if entry.slot.name == slot)
