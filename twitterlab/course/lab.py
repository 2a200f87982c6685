"""Runs a week's lab on a workbook's parts, and says whose they were."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any

from twitterlab.bench.report import PartUse, Report
from twitterlab.errors import BadInput
from twitterlab.parts import SLOTS
from twitterlab.parts.blueprint import Blueprint
from twitterlab.stage.options import LabOptions


def run_lab(book: Any, number: int, options: LabOptions, mine: bool) -> Report:
    """The report of week `number`. BadInput for a week that is not there and options that cannot be run."""
    if number != 1:
        raise BadInput(f"there is no week {number} yet", "Try `twitterlab week 1`.")
    parts = {
        slot.name: getattr(import_module("solutions." + slot.file[:-3].replace("/", ".")), slot.part)
        for slot in SLOTS
        if slot.week == number
    }
    system = import_module(f"weeks.week{number}.compose").compose(Blueprint(), parts)
    report: Report = import_module(f"weeks.week{number}.labs").run(system, options)
    return replace(report, parts={slot: PartUse("reference", 0) for slot in parts})
