"""The systems of the weeks as scenarios: `week1` is an attribute of this module, made when it is asked for."""

from __future__ import annotations

import importlib
import re
from typing import Any

from twitterlab.course.system import system_of
from twitterlab.errors import BadInput

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
