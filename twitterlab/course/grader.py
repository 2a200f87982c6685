"""The grader: runs the checks of some days in a child process and turns what it hears into verdicts.

The child is untrusted from the moment it reads a part. The parent keeps the time, ends a child that hangs,
says which part it was, and goes on with the next check in a new child.
"""

from __future__ import annotations

import ast
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from twitterlab.course.channel import Message
from twitterlab.course.grader_process import GraderProcess
from twitterlab.course.limits import Limits
from twitterlab.course.starters import is_not_started, starter
from twitterlab.course.syllabus import Entry
from twitterlab.course.verdict import DayGrade, Grade, Outcome, Verdict
from twitterlab.course.workbook import Workbook
from twitterlab.errors import BadInput, TwitterlabError

Whose = Literal["exercises", "solutions", "null"]
OnVerdict = Callable[[Verdict], None]
START_S = 60.0
"""The child's own imports take well under a second; a laptop that wakes up may need more."""
OUT_OF_MEMORY_SIGNALS = (9,)
CRASH_SIGNALS = (4, 6, 7, 8, 10, 11)


def grade(
    book: Workbook,
    entries: Sequence[Entry],
    whose: Whose = "exercises",
    on_verdict: OnVerdict = lambda verdict: None,
    seed: int = 0,
    limits: Limits | None = None,
) -> Grade:
    """Check the parts of `entries`; each verdict is handed to `on_verdict` as it is reached.

    BadInput for an exercise that is missing or is not Python. A part that equals its starter is not run.
    """
    marking = _Marking(entries, on_verdict)
    paths = {entry.day_id: _path(book, entry, whose) for entry in entries}
    started = [entry for entry in entries if whose != "exercises" or is_started(book, entry)]
    if started:
        tasks = [
            {"day": e.day_id, "slot": e.slot.name, "path": _text(paths[e.day_id]), "checks": e.checks_module}
            for e in started
        ]
        request = {"root": str(book.root), "tasks": tasks, "seed": seed}
        run = _Run(request, seed, limits or Limits(), paths, whose)
        for verdict in run.verdicts():
            marking.add(verdict)
    return marking.grade(seed)


def is_started(book: Workbook, entry: Entry) -> bool:
    """Whether the exercise differs from its starter. BadInput where it is missing or is not Python."""
    path = entry.exercise(book)
    source = _read(path, book)
    return not is_not_started(source, starter(entry.solution(book).read_text(encoding="utf-8"), path.name))


def _read(path: Path, book: Workbook) -> str:
    name = path.relative_to(book.root) if path.is_relative_to(book.root) else path
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


def _path(book: Workbook, entry: Entry, whose: Whose) -> Path | None:
    if whose == "null":
        return None
    return (entry.exercise(book) if whose == "exercises" else entry.solution(book)).resolve()


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


class _Marking:
    """Collects verdicts by day, in the order asked for; a day nobody ran was not started."""

    def __init__(self, entries: Sequence[Entry], on_verdict: OnVerdict) -> None:
        self._entries = entries
        self._on_verdict = on_verdict
        self._verdicts: dict[str, list[Verdict]] = {}

    def add(self, verdict: Verdict) -> None:
        self._not_started_before(verdict.day)
        self._verdicts.setdefault(verdict.day, []).append(verdict)
        self._on_verdict(verdict)

    def grade(self, seed: int) -> Grade:
        self._not_started_before("")
        days = tuple(
            DayGrade(e.day_id, e.slot.name, e.day.title, e.points, tuple(self._verdicts[e.day_id]))
            for e in self._entries
        )
        return Grade(days, seed)

    def _not_started_before(self, day: str) -> None:
        for entry in self._entries:
            if entry.day_id == day:
                return
            if entry.day_id not in self._verdicts:
                read = f"docs/{entry.checks_module.split('.')[1]}/{entry.checks_module.split('.')[-1].replace('_', '-')}.md"
                empty = Verdict(
                    entry.slot.name, 0, entry.day.title, entry.points, 0, "not_started", read=read, day=entry.day_id
                )
                self._verdicts[entry.day_id] = [empty]
                self._on_verdict(empty)


@dataclass(slots=True)
class _Run:
    """The checks of all days as one list, and where in it we are. A child lives for a stretch of it."""

    request: dict[str, Any]
    seed: int
    limits: Limits
    paths: dict[str, Path | None]
    whose: Whose
    plan: list[Verdict] = field(default_factory=list)
    slots: dict[str, str] = field(default_factory=dict)
    at: int = 0

    def verdicts(self) -> Iterator[Verdict]:
        """Every verdict, over as many children as it takes."""
        self.slots = {task["day"]: task["slot"] for task in self.request["tasks"]}
        while not self.plan or self.at < len(self.plan):
            request = {**self.request, "start": self.at, "limits": asdict(self.limits)}
            with GraderProcess(request, self.seed) as child:
                self.plan = self._plan(child)
                for verdict in self._life(child):
                    self.at += 1
                    yield verdict

    def _plan(self, child: GraderProcess) -> list[Verdict]:
        try:
            message = child.hear(START_S)
        except TimeoutError:
            message = None
        if message is None or "plan" not in message:
            last = [line for line in child.complaint().splitlines() if line.strip()][-1:]
            raise TwitterlabError(f"the checks could not be loaded: {' '.join(last)}", "Try `twitterlab doctor`.")
        return [Verdict(earned=0, outcome="skipped", **check) for check in message["plan"]]

    def _life(self, child: GraderProcess) -> Iterator[Verdict]:
        """Verdicts until the child is done, hangs or dies; never none, so that a grading ends."""
        is_loaded = True
        is_begun, first = False, self.at
        while self.at < len(self.plan):
            check = self.plan[self.at]
            try:
                message = child.hear(self.limits.wall_s)
            except TimeoutError:
                line = self._where(child, check)
                child.end()
                yield from self._stopped(self._timeout(check, line), is_loaded)
                return
            if message is None:
                if is_begun or self.at == first:
                    yield from self._stopped(self._died(child, check), is_loaded)
                return
            if "begun" in message:
                is_begun, is_loaded = True, False
            elif "loaded" in message:
                is_loaded = True
            elif "verdict" in message:
                is_begun = False
                yield from self._stopped(self._heard(check, message), is_loaded)

    def _stopped(self, verdict: Verdict, is_loaded: bool) -> Iterator[Verdict]:
        """`verdict`; where the part could not even be loaded, the other checks of its day are skipped."""
        yield verdict
        while not is_loaded and self.at < len(self.plan) and self.plan[self.at].day == verdict.day:
            yield replace(self.plan[self.at], happened="the part could not be loaded")

    def _heard(self, check: Verdict, message: Message) -> Verdict:
        outcome: Outcome = message["outcome"]
        said = {name: message[name] for name in ("expected", "happened", "counterexample", "line", "printed")}
        verdict = replace(check, outcome=outcome, earned=check.points if outcome == "passed" else 0, **said)
        if outcome == "memory":
            return replace(verdict, expected=f"at most {self.limits.memory_mb:,} MB", happened=self._hog(check))
        return verdict

    def _timeout(self, check: Verdict, line: str) -> Verdict:
        happened = (
            f"{self._whose(check)} did not come back within {self.limits.wall_s:g} s: "
            "a loop that never ends, or a wait for what never comes. It was stopped"
        )
        return replace(
            check,
            outcome="timeout",
            expected=f"an answer within {self.limits.wall_s:g} s",
            happened=happened,
            line=line,
        )

    def _died(self, child: GraderProcess, check: Verdict) -> Verdict:
        code = child.end()
        path = self.paths[check.day]
        line = child.last_words(path) if path else ""
        if code == -getattr(signal, "SIGXCPU", 24):
            return self._timeout(check, line)
        if -code in OUT_OF_MEMORY_SIGNALS:
            happened = f"{self._whose(check)} was killed by the system, most often because memory ran out"
            return replace(check, outcome="memory", expected="a process that lives", happened=happened, line=line)
        how = (
            f"crashed the interpreter (signal {-code})"
            if -code in CRASH_SIGNALS
            else f"ended its process (exit code {code})"
        )
        return replace(
            check,
            outcome="error",
            expected="an answer or an exception",
            happened=f"{self._whose(check)} {how}",
            line=line,
        )

    def _where(self, child: GraderProcess, check: Verdict) -> str:
        path = self.paths[check.day]
        return child.where(path) if path else ""

    def _hog(self, check: Verdict) -> str:
        return f"{self._whose(check)} asked for more than {self.limits.memory_mb:,} MB: something grows without a bound"

    def _whose(self, check: Verdict) -> str:
        return f"{ {'exercises': 'Your', 'solutions': 'The reference', 'null': 'The null'}[self.whose] } {self.slots[check.day]}"
