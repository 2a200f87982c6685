"""The lab of Week 2."""

from __future__ import annotations

from twitterlab.bench.report import Report
from twitterlab.parts.blueprint import Blueprint
from twitterlab.stage import week2
from twitterlab.stage.options import LabOptions
from weeks.week2 import WEEK


def run(blueprint: Blueprint, options: LabOptions) -> Report:
    """Run the week on a system of these parts."""
    return week2.run(WEEK, blueprint, options)
