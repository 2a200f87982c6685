"""One run of checks, over as many child processes as it takes: a child that hangs or dies costs one check.

The child is untrusted from the moment it reads a part. The parent keeps the time, ends what hangs, says
which part it was, and goes on with the next check in a new child.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from twitterlab.course.channel import Message
from twitterlab.course.grader_process import GraderProcess
from twitterlab.course.limits import Limits
from twitterlab.course.verdict import Outcome, Verdict
from twitterlab.errors import TwitterlabError

START_S = 60.0
"""The child's own imports take well under a second; a laptop that wakes up may need more."""
CRASHES = {4, 6, 7, 8, 10, 11}
"""Signals of an interpreter that broke: illegal instruction, abort, bus, arithmetic, memory."""
KILLED = 9
MOST_HANGS = 3
"""After so many checks of a day that hung, the rest of the day is skipped: one loop is not waited for six times."""
OUT_OF_TIME = getattr(signal, "SIGXCPU", 24)


@dataclass(frozen=True, slots=True)
class Task:
    """One day: whose part (None: the null part) and the module of its checks."""

    day: str
    slot: str
    path: Path | None
    checks: str
    name: str  # "Your cache"

    def request(self) -> dict[str, Any]:
        """What the child is told."""
        return {"day": self.day, "slot": self.slot, "path": self.path and str(self.path), "checks": self.checks}


@dataclass(slots=True)
class Run:
    """The checks of all days as one list, and where in it we are. A child lives for a stretch of it;
    `warm` is one that waits to be the first."""

    root: Path
    tasks: Sequence[Task]
    seed: int
    limits: Limits
    plan: list[Verdict] = field(default_factory=list)
    at: int = 0
    warm: GraderProcess | None = None
    hangs: Counter[str] = field(default_factory=Counter)
    failed: list[tuple[str, str]] = field(default_factory=list)

    def verdicts(self) -> Iterator[Verdict]:
        """Every verdict, as it is reached."""
        while self.tasks and (not self.plan or self.at < len(self.plan)):
            with self._child() as child:
                self.plan = _plan(child)
                for verdict in self._life(child):
                    self.at += 1
                    if verdict.outcome != "passed":
                        self.failed.append((verdict.day, verdict.check))
                    yield verdict

    def _child(self) -> GraderProcess:
        """The one that waits, else a new one."""
        child, self.warm = self.warm or GraderProcess(None, self.seed), None
        child.ask(self._request())
        return child

    def _request(self) -> dict[str, Any]:
        tasks = [task.request() for task in self.tasks]
        return {
            "root": str(self.root),
            "tasks": tasks,
            "seed": self.seed,
            "start": self.at,
            "failed": self.failed,
            "limits": asdict(self.limits),
        }

    def _life(self, child: GraderProcess) -> Iterator[Verdict]:
        """Verdicts until the child is done, hangs or dies; at least one, so that a run ends."""
        first, is_running, is_loaded = self.at, True, True
        while self.at < len(self.plan):
            check = self.plan[self.at]
            try:
                message = child.hear(self.limits.wall_s)
            except TimeoutError:
                self.hangs[check.day] += 1
                yield from self._and_skipped(self._hung(check, self._where(child, check)), is_loaded)
                return
            if message is None:
                if is_running or self.at == first:
                    yield from self._and_skipped(self._died(child, check), is_loaded)
                return
            if "begun" in message:
                is_running, is_loaded = True, False
            elif "loaded" in message:
                is_loaded = True
            elif "verdict" in message:
                is_running = False
                yield from self._and_skipped(self._heard(check, message), is_loaded)

    def _and_skipped(self, verdict: Verdict, is_loaded: bool) -> Iterator[Verdict]:
        """`verdict`; where the part could not even be loaded, or hung too often, the rest of its day is skipped."""
        yield verdict
        why = "" if is_loaded else "the part could not be loaded"
        if self.hangs[verdict.day] >= MOST_HANGS:
            why = f"{MOST_HANGS} checks before this one did not come back"
        while why and self.at < len(self.plan) and self.plan[self.at].day == verdict.day:
            yield replace(self.plan[self.at], happened=why)

    def _heard(self, check: Verdict, message: Message) -> Verdict:
        outcome: Outcome = message["outcome"]
        said = {name: message[name] for name in ("expected", "happened", "counterexample", "line", "printed")}
        if outcome == "memory":
            most = f"{self.limits.memory_mb:,} MB"
            said["expected"] = f"at most {most}"
            said["happened"] = f"{self._name(check)} asked for more than {most}: something grows without a bound"
        return replace(check, outcome=outcome, earned=check.points if outcome == "passed" else 0, **said)

    def _hung(self, check: Verdict, line: str) -> Verdict:
        happened = (
            f"{self._name(check)} did not come back within {self.limits.wall_s:g} s: "
            "a loop that never ends, or a wait for what never comes. It was stopped"
        )
        expected = f"an answer within {self.limits.wall_s:g} s"
        return replace(check, outcome="timeout", expected=expected, happened=happened, line=line)

    def _died(self, child: GraderProcess, check: Verdict) -> Verdict:
        """What the end of a child says that ended in the middle of a check."""
        code, path, name = child.end(), self._path(check), self._name(check)
        line = child.last_words(path) if path else ""
        if code == -OUT_OF_TIME:
            return self._hung(check, line)
        outcome: Outcome = "error"
        how = f"ended its process (exit code {code})" if code >= 0 else f"ended its process (signal {-code})"
        if -code in CRASHES:
            how = f"crashed the interpreter (signal {-code})"
        elif code == -KILLED:
            outcome, how = "memory", "was killed by the system, most often because memory ran out"
        return replace(
            check, outcome=outcome, expected="an answer or an exception", happened=f"{name} {how}", line=line
        )

    def _where(self, child: GraderProcess, check: Verdict) -> str:
        path = self._path(check)
        return child.where(path) if path else ""

    def _path(self, check: Verdict) -> Path | None:
        return next(task.path for task in self.tasks if task.day == check.day)

    def _name(self, check: Verdict) -> str:
        return next(task.name for task in self.tasks if task.day == check.day)


def _plan(child: GraderProcess) -> list[Verdict]:
    """Every check there is, before a part is read. A child that cannot say it is our fault, not the student's."""
    try:
        message = child.hear(START_S)
    except TimeoutError:
        message = None
    if message is None or "plan" not in message:
        last = [line for line in child.complaint().splitlines() if line.strip()][-1:]
        raise TwitterlabError(f"the checks could not be loaded: {' '.join(last)}", "Try `twitterlab doctor`.")
    return [Verdict(earned=0, outcome="skipped", **check) for check in message["plan"]]
