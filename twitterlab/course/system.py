"""A week's system: the fold of every week's `compose` over the parts that a workbook holds."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from twitterlab.course import syllabus
from twitterlab.course.parts import assemble
from twitterlab.course.workbook import Workbook, find, find_or_packaged
from twitterlab.parts.blueprint import Blueprint


def blueprint(book: Workbook, week: int, parts: Mapping[str, Any]) -> Blueprint:
    """Week by week, each replacing some slots of the one before."""
    system = Blueprint()
    for found in syllabus.weeks(book):
        if found.number <= week:
            system = importlib.import_module(f"weeks.week{found.number}.compose").compose(system, parts)
    return system


def system_of(week: int, mine: bool) -> Blueprint:
    """The system of `week` (0: the latest), with the student's parts for `mine`. BadInput as `assemble` has it."""
    book = find() if mine else find_or_packaged()
    number = week or syllabus.weeks(book)[-1].number
    return blueprint(book, number, assemble(book, number, mine).parts)
