"""Runs a week's lab on a workbook's parts: here with the references, in one watched child with the student's."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from twitterlab.bench import run_folder
from twitterlab.bench.report import PartUse, Report
from twitterlab.course import syllabus
from twitterlab.course.grader_process import GraderProcess
from twitterlab.course.limits import Limits
from twitterlab.course.note import Note
from twitterlab.course.parts import assemble, counted
from twitterlab.course.syllabus import Entry
from twitterlab.course.system import blueprint
from twitterlab.course.workbook import Workbook
from twitterlab.errors import BadInput, TwitterlabError
from twitterlab.stage.options import LabOptions, check
from twitterlab.world.live import stopwatch_ns

CHILD = "twitterlab.course.lab_child"
LIMITS = Limits(memory_mb=3_072, output_bytes=2_000_000_000)
TICK_S = 0.25
HANG_S = 8.0
"""A call of a part that lasts this long has not come back: the longest honest one takes milliseconds."""
WALL_S = 180.0
"""A lab is given up after this long, and as many times longer as `seconds` asks for."""


class LabStopped(TwitterlabError):
    """A part brought the lab down: what happened and whose part it was."""


def run_lab(book: Workbook, number: int, options: LabOptions, mine: bool, apart: bool = False) -> Report:
    """The report of week `number`, also written to `options.folder` where there is one.

    BadInput for a week that is not there, options that cannot be run, a part that cannot be loaded; LabStopped
    where a part of the student's hangs, eats the memory or ends the process. `apart` runs the references in a child too.
    """
    syllabus.week(book, number)
    check(options)
    if not (mine or apart):
        return run_here(book, number, options, mine, Note())
    whose = assemble(book, number, mine).whose  # what cannot be loaded is said before anything starts
    with tempfile.TemporaryDirectory(prefix="twitterlab-lab-") as folder:
        options = replace(options, folder=options.folder or Path(folder) / "run")
        return _Watched(book, number, options, Path(folder) / "note", whose, mine).run()


def run_here(book: Workbook, number: int, options: LabOptions, mine: bool, note: Note) -> Report:
    """The lab in this process. Every call of a part is counted in `note`."""
    assembled = assemble(book, number, mine)
    system = blueprint(book, number, counted(assembled.parts, note))
    report: Report = import_module(f"weeks.week{number}.labs").run(system, options)
    calls = note.calls()
    report = replace(report, parts={slot: PartUse(whose, calls[slot]) for slot, whose in assembled.whose.items()})
    if options.folder is not None:
        run_folder.write(report, options.folder)
    return report


@dataclass(slots=True)
class _Watched:
    """One child with the student's parts, and what its parent sees of it."""

    book: Workbook
    number: int
    options: LabOptions
    note_path: Path
    whose: Mapping[str, str]
    mine: bool
    _last_slot: str | None = None
    _since_ns: int = 0
    _seen: tuple[str | None, dict[str, int]] = field(default_factory=lambda: (None, {}))

    def run(self) -> Report:
        """Until the child has written its run folder."""
        assert self.options.folder is not None
        started_ns = self._since_ns = stopwatch_ns()
        wall_s = WALL_S + 10 * (self.options.seconds or 0)
        with Note(self.note_path) as note, GraderProcess(self._request(), 0, CHILD) as child:
            while True:
                try:
                    message = child.hear(TICK_S)
                except TimeoutError:
                    message = {}
                if message is None:
                    self._last_slot = note.in_call() or self._last_slot
                    raise self._ended(child)
                if "is_done" in message:
                    return run_folder.read(self.options.folder)
                self._listen(message)
                if self._hangs(note) or stopwatch_ns() - started_ns > wall_s * 1e9:
                    raise self._stuck(child)

    def _request(self) -> dict[str, Any]:
        options = asdict(replace(self.options, progress=_nothing, tell=None))
        del options["progress"], options["tell"]
        for name in ("graph", "folder", "orders"):
            options[name] = options[name] and str(Path(options[name]).resolve())
        return {
            "root": str(self.book.root), "is_own": self.book.is_own, "number": self.number, "options": options,
            "mine": self.mine, "tells": self.options.tell is not None,
            "note": str(self.note_path), "limits": asdict(LIMITS),
        }  # fmt: skip

    def _listen(self, message: dict[str, Any]) -> None:
        """Show progress, pass on what is wrong with the input or with a part."""
        if "event" in message and self.options.tell is not None:
            self.options.tell(message["event"])
        elif "step" in message:
            self.options.progress(message["step"], message["share"])
        elif "bad" in message:
            raise BadInput(*message["bad"])
        elif "broke" in message:
            self._last_slot = message["slot"] or self._last_slot
            raise LabStopped(f"{self._whose(self._last_slot)} {message['broke']}", self._next())

    def _hangs(self, note: Note) -> bool:
        """The same call of the same part for too long."""
        now = (note.in_call(), note.calls())
        self._last_slot = now[0] or self._last_slot
        if now[0] is None or now != self._seen:
            self._seen, self._since_ns = now, stopwatch_ns()
        return stopwatch_ns() - self._since_ns > HANG_S * 1e9 and now[0] is not None

    def _stuck(self, child: GraderProcess) -> LabStopped:
        where = child.where(self._path(self._last_slot)) if self._last_slot else ""
        place = f" ({where})" if where else ""
        return LabStopped(f"{self._whose(self._last_slot)} did not come back{place}", self._next())

    def _ended(self, child: GraderProcess) -> LabStopped:
        code = child.end()
        why = (
            "was ended by the system, as when memory runs out"
            if code == -9
            else f"ended the process (exit code {code})"
        )
        return LabStopped(f"{self._whose(self._last_slot)} {why}", self._next())

    def _whose(self, slot: str | None) -> str:
        if slot is None:
            return "The lab"
        return f"Your {slot}" if self.whose[slot] == "mine" else f"The reference {slot}"

    def _next(self) -> str:
        return f"Try `twitterlab check {self._last_slot or self.number}`."

    def _path(self, slot: str) -> Path:
        """The file of the part in use."""
        at = Entry.exercise if self.whose[slot] == "mine" else Entry.solution
        return next(at(entry, self.book) for entry in syllabus.entries(self.book) if entry.slot.name == slot)


def _nothing(step: str, share: float) -> None:
    return None
