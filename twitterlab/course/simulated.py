"""The systems of the weeks as scenarios, by name: `week1` is an attribute of this module, made when it is asked for,
and `my_week1` the same with the parts that the student has begun. `MORE` are others that run a week's parts: `reshard`
and `my_reshard`."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import Any

from twitterlab.bench.report import Report
from twitterlab.course import syllabus
from twitterlab.course.system import system_of
from twitterlab.course.workbook import find_or_packaged
from twitterlab.errors import BadInput
from twitterlab.parts.blueprint import Blueprint
from twitterlab.stage.options import LabOptions
from twitterlab.stage.scenario import Scenario

MODULE = "twitterlab.course.simulated"
MORE = {"reshard": 2}
"""Scenarios of a week's parts besides the week's own: their names, and whose parts they run."""
_NAME = re.compile(rf"(?:{re.escape(MODULE)}:)?(my_)?(week([0-9]+)|{'|'.join(MORE)})")


def of_week(number: int) -> str:
    """The name of a week's scenario, with the reference parts."""
    return f"{MODULE}:week{number}"


def target_of(words: list[str]) -> str:
    """What a reader typed, as the name of a scenario: `week 1` and `week1` are this module's."""
    typed = " ".join(words).strip()
    week = re.fullmatch(r"(?:week\s*)?([0-9]+)", typed)
    if week:
        return of_week(int(week[1]))
    return f"{MODULE}:{typed}" if typed in MORE else typed


def with_mine(target: str) -> str:
    """The same with the student's parts. BadInput for what has none."""
    found = _NAME.fullmatch(target)
    if found is None:
        more = ", ".join(f"`{name}`" for name in MORE)
        raise BadInput(
            f"--mine goes with a week, or {more}: only their systems have parts",
            "Try `twitterlab simulate week 1 --mine`.",
        )
    return f"{MODULE}:my_{found[2]}"


def name_of(target: str) -> str:
    """What a scenario that runs a week's parts is called, whosever they are: `week1`, `reshard`."""
    found = _NAME.fullmatch(target)
    return target if found is None else found[2]


def is_mine(target: str) -> bool:
    """Whether a name stands for a system with the student's parts."""
    found = _NAME.fullmatch(target)
    return found is not None and found[1] is not None


def number_of(target: str) -> int:
    """The week of a name that stands for one. BadInput for any other."""
    found = _NAME.fullmatch(target)
    if found is None or found[3] is None:
        raise BadInput("only a week's system runs live too", "Try `twitterlab simulate week 1 --beside-live`.")
    return int(found[3])


def parts_of(target: str) -> int:
    """The week whose parts a scenario runs. BadInput for one that has none."""
    found = _NAME.fullmatch(target)
    if found is None:
        raise BadInput(f"{target} has no parts", "Try `twitterlab simulate week 1 --mine`.")
    return int(found[3]) if found[3] else MORE[found[2]]


def scenario(name: str, system: Blueprint) -> Scenario:
    """The scenario called `name` (`week1`, `reshard`) with this system. BadInput for a week that has none."""
    try:
        room = importlib.import_module(f"twitterlab.stage.scenarios.{name}")
    except ModuleNotFoundError:
        raise BadInput(f"{name} has no simulation", "Try `twitterlab simulate week 1`.") from None
    found: Scenario = getattr(room, name.capitalize())(system)
    return found


def __getattr__(name: str) -> Any:
    found = _NAME.fullmatch(name)
    if found is None:
        raise AttributeError(name)
    return scenario(found[2], system_of(parts_of(name), mine=is_mine(name)))


def comparison(number: int) -> Callable[..., Report]:
    """What runs a week live and simulated. BadInput for a week that cannot be both."""
    try:
        room = importlib.import_module(f"twitterlab.stage.sim_week{number}")
    except ModuleNotFoundError:
        raise BadInput(
            f"week {number} is not calibrated yet", "Try `twitterlab simulate week 1 --beside-live`."
        ) from None
    run: Callable[..., Report] = room.run_beside_live
    return run


def beside_live(target: str, options: LabOptions, command: str) -> Report:
    """The week of `target` live and simulated, in one report. BadInput for anything but a week that can be both."""
    number, book = number_of(target), find_or_packaged()
    return comparison(number)(syllabus.week(book, number), system_of(number, mine=False), options, command)
