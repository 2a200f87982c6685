"""Mutants: plausible wrong parts, each a patch on the solution, that prove the checks: each is caught by its own law.

`weeks/weekN/mutants/dayM_noun.py` holds `MUTANTS`. A patch is applied when it is run and never written into the
workbook; where the solution has moved on, a patch that no longer fits is an error.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from twitterlab.course.grader_run import Run, Task
from twitterlab.course.limits import Limits
from twitterlab.course.syllabus import Entry
from twitterlab.course.verdict import Verdict
from twitterlab.course.workbook import Workbook
from twitterlab.errors import BadInput

AT_ONCE = 2
LIMITS = Limits(wall_s=20.0)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake: what a student did, the law it breaks, and the edits (old text, new text) that make it."""

    name: str
    law: int
    edits: tuple[tuple[str, str], ...]

    def applied(self, source: str) -> str:
        """The wrong part. BadInput where an old text is not exactly once in `source`."""
        for old, new in self.edits:
            if source.count(old) != 1:
                raise BadInput(
                    f"mutant {self.name!r}: {old!r} is {source.count(old)} times in the solution", "Mend it."
                )
            source = source.replace(old, new)
        return source


@dataclass(frozen=True, slots=True)
class Trial:
    """What the checks said of one mutant."""

    entry: Entry
    mutant: Mutant
    verdicts: tuple[Verdict, ...]

    @property
    def laws(self) -> tuple[int, ...]:
        """Laws whose checks failed; a check that was skipped, for another must pass first, says nothing."""
        failed = {verdict.law for verdict in self.verdicts if verdict.outcome not in ("passed", "skipped")}
        return tuple(sorted(failed))

    @property
    def is_caught(self) -> bool:
        """By exactly the law it names."""
        return self.laws == (self.mutant.law,)


def mutant(name: str, law: int, *edits: tuple[str, str]) -> Mutant:
    """A row of a table of mutants."""
    return Mutant(name, law, edits)


def mutants(entry: Entry) -> tuple[Mutant, ...]:
    """The mutants of one day; none in a workbook that leaves them out."""
    try:
        found = importlib.import_module(entry.checks_module.replace(".checks.", ".mutants."))
    except ModuleNotFoundError:
        return ()
    kept: tuple[Mutant, ...] = found.MUTANTS
    return kept


def try_all(
    book: Workbook, entries: Sequence[Entry], seed: int, on_trial: Callable[[Trial], None] = lambda trial: None
) -> list[Trial]:
    """Grade every mutant of `entries`, two at a time; each trial is handed over in order."""
    every = [(entry, mutant) for entry in entries for mutant in mutants(entry)]
    trials = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for trial in pool.map(lambda each: attempt(book, each[0], each[1], seed), every):
            trials.append(trial)
            on_trial(trial)
    return trials


def attempt(book: Workbook, entry: Entry, mutant: Mutant, seed: int) -> Trial:
    """Grade one mutant."""
    source = mutant.applied(entry.solution(book).read_text(encoding="utf-8"))
    return Trial(entry, mutant, judged(book, entry, source, seed))


def judged(book: Workbook, entry: Entry, source: str, seed: int) -> tuple[Verdict, ...]:
    """The verdicts on a part given as text."""
    return tuple(_verdicts(book, entry, source, seed))


def judged_until_one_fails(book: Workbook, entry: Entry, source: str, seed: int) -> Verdict | None:
    """The first check that a part given as text fails; None where it passes them all."""
    with closing(_verdicts(book, entry, source, seed)) as verdicts:
        return next((verdict for verdict in verdicts if verdict.outcome != "passed"), None)


def _verdicts(book: Workbook, entry: Entry, source: str, seed: int) -> Generator[Verdict, None, None]:
    with tempfile.TemporaryDirectory(prefix="twitterlab-mutant-") as folder:
        path = Path(folder) / entry.solution(book).name
        path.write_text(source, encoding="utf-8")
        task = Task(entry.day_id, entry.slot.name, path, entry.checks_module, f"The mutant {entry.slot.name}")
        yield from Run(book.root, [task], seed, LIMITS).verdicts()
