"""The loads of `twitterlab bench`: each a run of its own with the reference parts, and one report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from twitterlab.bench.report import PartUse, Report
from twitterlab.course.note import Note
from twitterlab.course.parts import assemble, counted
from twitterlab.course.whole_twitter import SLOTS, run_whole_twitter
from twitterlab.course.workbook import Workbook
from twitterlab.parts.blueprint import Blueprint

if TYPE_CHECKING:
    from twitterlab.stage.whole_options import WholeOptions

ITS_OWN_TIME = 0.0
"""Of a load that does a number of things, however long they take."""
Run = Callable[[Workbook, "WholeOptions"], Report]


@dataclass(frozen=True, slots=True)
class Load:
    """`users` and `seconds`: what it takes where nothing else is asked for. `takes_graph`: runs on an edge list, too."""

    name: str
    claim: str
    run: Run
    users: int = 100_000
    seconds: float = 60.0
    takes_graph: bool = False


def _growth(book: Workbook, options: WholeOptions) -> Report:
    from twitterlab.stage.whole_growth import run

    return run(options)


def _with_parts(run: Callable[[Blueprint, WholeOptions], Report], book: Workbook, options: WholeOptions) -> Report:
    """With the parts that the whole-Twitter load uses, counted."""
    note = Note()
    parts = counted(assemble(book, 1, False).parts, note)
    report = run(Blueprint(**{slot: parts[slot] for slot in SLOTS}), options)
    calls = note.calls()
    return replace(report, parts={slot: PartUse("reference", calls[slot]) for slot in SLOTS})


def _celebrity(book: Workbook, options: WholeOptions) -> Report:
    from twitterlab.stage.celebrity import run

    return _with_parts(run, book, options)


def _day(book: Workbook, options: WholeOptions) -> Report:
    return run_whole_twitter(book, replace(options, is_day=True))


def _retwis(book: Workbook, options: WholeOptions) -> Report:
    from twitterlab.stage.retwis import run

    return _with_parts(run, book, options)


def _restart(book: Workbook, options: WholeOptions) -> Report:
    from twitterlab.stage.restart import run

    return _with_parts(run, book, options)


def _record_second(book: Workbook, options: WholeOptions) -> Report:
    from twitterlab.stage.record_second import run

    return _with_parts(run, book, options)


LOADS = {
    load.name: load
    for load in (
        Load("whole-twitter", "300,000 home reads/s beside 6,000 tweets/s in this process", run_whole_twitter, takes_graph=True),
        Load("whole-day", "the same on average, in a day's curve: thrice as much in the evening as at night", _day, takes_graph=True),
        Load("growth", "what ten times the people cost: a read, a delivery, memory", _growth, seconds=ITS_OWN_TIME),
        Load("record-second", "143,199 tweets/s for 5 s on top of the reads: the backlog, and nothing lost", _record_second, 1_000_000, 5.0),
        Load("celebrity", "a tweet to a million followers, pushed and pulled, and a small account's beside it", _celebrity, 1_100_000, ITS_OWN_TIME),
        Load("retwis", "deliveries and pages a core beside a careful retwis on a real Valkey", _retwis, 10_000, ITS_OWN_TIME),
        Load("restart", "a snapshot on disk and loaded, and what a journal gives back", _restart, 1_000_000, ITS_OWN_TIME),
    )
}  # fmt: skip
