"""The lab of Week 1, whole."""

from __future__ import annotations

import pytest

from twitterlab.parts.blueprint import Blueprint
from twitterlab.stage.options import LabOptions
from weeks.week1 import labs

NAMES = {
    "home_read_ms_p50", "home_read_ms_p99", "home_reads_per_s", "posts_per_s", "deliveries_per_s", "cache_hit_ratio",
    "lost_deliveries", "repeated_deliveries", "post_to_visible_ms_p99",
}  # fmt: skip


@pytest.mark.slow
def test_the_lab_with_the_solutions_does_everything_it_promises(solutions: Blueprint) -> None:
    told: list[float] = []
    options = LabOptions(users=100, progress=lambda _, share: told.append(share))

    report = labs.run(solutions, options)

    exact = [figure for figure in report.figures if figure.target and figure.target.comparison == "=="]
    assert [figure.name for figure in exact if figure.verdict == "missed"] == []
    assert {figure.name for figure in report.figures} >= NAMES
    assert report.operations >= 10_000
    assert len(report.findings) == 8
    assert all(finding.plots and finding.choices for finding in report.findings)
    assert report.trace.written > 100
    assert told == sorted(told)
    assert told[-1] > 0.9
