"""How verdicts look on a terminal: a heading a day, a line a check, and below a failure why it failed."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from twitterlab.course.syllabus import Entry
from twitterlab.course.verdict import Grade, Verdict

MARKS = {
    "passed": ("✓", "green"),
    "failed": ("✗", "red"),
    "error": ("✗", "red"),
    "timeout": ("✗", "red"),
    "memory": ("✗", "red"),
    "skipped": ("-", "dim"),
    "not_started": ("·", "dim"),
}
PRINTED_CHARS = 400
"""Of what a part printed, this much fits below a verdict; `--json` has more."""


class Screen:
    """Prints verdicts as they come."""

    def __init__(self, entries: Sequence[Entry], console: Console | None = None) -> None:
        self._entries = {entry.day_id: entry for entry in entries}
        self._console = console or Console(highlight=False, markup=False, emoji=False)
        self._day = ""
        self._said: set[str] = set()

    def show(self, verdict: Verdict) -> None:
        """One verdict, below the heading of its day."""
        if verdict.outcome == "not_started":
            self._not_started(verdict)
            return
        if verdict.day != self._day:
            self._day = verdict.day
            self._said.clear()
            entry = self._entries[verdict.day]
            self._console.print(Text(f"{verdict.day} {entry.slot.name} · {entry.day.title}", "bold"))
        mark, style = MARKS[verdict.outcome]
        self._console.print(_row((f"  {mark}", style), f"{verdict.earned:>3} of {verdict.points:<3}", verdict.claim))
        if verdict.outcome == "skipped":
            self._console.print(Text(f"                 skipped: {verdict.happened}", "dim"))
        elif verdict.outcome != "passed":
            self._console.print(_reasons(verdict, verdict.happened in self._said))
            self._said.add(verdict.happened)

    def total(self, grade: Grade) -> None:
        """The points, a line a day where there are several."""
        self._console.print()
        for day in grade.days if len(grade.days) > 1 else ():
            self._console.print(Text(f"{day.day} {day.slot:<12}{day.earned} of {day.points}"))
        style = "bold green" if grade.is_full else "bold"
        self._console.print(Text(f"{grade.earned} of {grade.points}", style))

    def _not_started(self, verdict: Verdict) -> None:
        entry = self._entries[verdict.day]
        self._console.print(
            Text(f"{verdict.day} {entry.slot.name} · {entry.day.title}:", "bold"), Text("not started", "dim")
        )


def _row(mark: tuple[str, str], points: str, words: str) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_row(Text(*mark), Text(points, "dim"), Text(words))
    return table


def _reasons(verdict: Verdict, is_known: bool) -> Table:
    """Why a check failed, as two columns; what there is nothing to say about is left out."""
    rows = [
        ("expected", verdict.expected),
        ("happened", verdict.happened),
        ("example", verdict.counterexample),
        ("your line", verdict.line),
        ("printed", verdict.printed.strip()[-PRINTED_CHARS:]),
    ]
    if is_known:
        rows = [("happened", f"again: {verdict.happened}")]
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True, style="dim", min_width=15)
    for name, words in (*rows, ("read", f"law {verdict.law}, {verdict.read}")):
        if words:
            table.add_row(f"      {name}", Text(words))
    return table
