"""Runs the whole-Twitter load with the reference parts of Week 1, counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twitterlab.bench.report import PartUse, Report
from twitterlab.course.note import Note
from twitterlab.course.parts import assemble, counted
from twitterlab.course.workbook import Workbook
from twitterlab.parts.blueprint import Blueprint

if TYPE_CHECKING:
    from twitterlab.stage.whole_options import WholeOptions

SLOTS = ("snowflake", "meter")
"""The parts that are used; the others are null parts: timelines are kept, a batch is one event of a queue in process."""


def run_whole_twitter(book: Workbook, options: WholeOptions) -> Report:
    """The report, with how often each part was called."""
    from twitterlab.stage.whole_twitter import run

    note = Note()
    parts = counted(assemble(book, 1, False).parts, note)
    report = run(Blueprint(**{slot: parts[slot] for slot in SLOTS}), options)
    calls = note.calls()
    return replace(report, parts={slot: PartUse("reference", calls[slot]) for slot in SLOTS})
