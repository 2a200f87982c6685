"""The systems of the weeks as scenarios: `week1` is an attribute of this module, made when it is asked for."""

from __future__ import annotations

import importlib
import re
from typing import Any

from twitterlab.bench.report import Report
from twitterlab.course import syllabus
from twitterlab.course.system import system_of
from twitterlab.course.workbook import find_or_packaged
from twitterlab.errors import BadInput
from twitterlab.stage.options import LabOptions

MODULE = "twitterlab.course.simulated"


def target_of(words: list[str]) -> str:
    """What a reader typed, as the name of a scenario: `week 1` and `week1` are this module's."""
    typed = " ".join(words).strip()
    week = re.fullmatch(r"(?:week\s*)?([0-9]+)", typed)
    return f"{MODULE}:week{week[1]}" if week else typed


def __getattr__(name: str) -> Any:
    week = re.fullmatch(r"week([0-9]+)", name)
    if week is None:
        raise AttributeError(name)
    number = int(week[1])
    system = system_of(number, mine=False)
    try:
        room = importlib.import_module(f"twitterlab.stage.scenarios.week{number}")
    except ModuleNotFoundError:
        raise BadInput(f"week {number} has no simulation", "Try `twitterlab simulate week 1`.") from None
    return getattr(room, f"Week{number}")(system)


def beside_live(target: str, options: LabOptions, command: str) -> Report:
    """The week of `target` live and simulated, in one report. BadInput for anything but a week that can be both."""
    week = re.fullmatch(rf"{re.escape(MODULE)}:week([0-9]+)", target)
    if week is None:
        raise BadInput("only a week's system runs live too", "Try `twitterlab simulate week 1 --beside-live`.")
    number, book = int(week[1]), find_or_packaged()
    system = system_of(number, mine=False)
    try:
        room = importlib.import_module(f"twitterlab.stage.sim_week{number}")
    except ModuleNotFoundError:
        raise BadInput(
            f"week {number} is not calibrated yet", "Try `twitterlab simulate week 1 --beside-live`."
        ) from None
    report: Report = room.run_beside_live(syllabus.week(book, number), system, options, command)
    return report
