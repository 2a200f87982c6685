"""The systems of the course as scenarios: `WEEK1` is Week 1 with the reference parts, `WEEK1_MINE` with the student's.

They are put together when they are asked for, so that another process can name them:
`twitterlab.stage.simulation.find("twitterlab.course.simulated:WEEK1")`.
"""

from __future__ import annotations

from collections.abc import Mapping

from twitterlab.course.parts import assemble
from twitterlab.course.system import blueprint
from twitterlab.course.workbook import find, find_or_packaged
from twitterlab.parts.blueprint import Blueprint
from twitterlab.stage.scenarios.week1 import Week1

IS_MINE: Mapping[str, bool] = {"WEEK1": False, "WEEK1_MINE": True}


def system(number: int, mine: bool = False) -> Blueprint:
    """Week `number` of the workbook here. BadInput for a part that cannot be loaded."""
    book = find() if mine else find_or_packaged()
    return blueprint(book, number, assemble(book, number, mine).parts)


def __getattr__(name: str) -> Week1:
    if name not in IS_MINE:
        raise AttributeError(name)
    return Week1(system(1, IS_MINE[name]))
