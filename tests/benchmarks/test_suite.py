"""The benchmarks of `twitterlab bench` in short: ratios to a yardstick in the same run, and counts; never seconds."""

from __future__ import annotations

import pytest

from twitterlab.course.benchmarks.catalogue import BENCHMARKS
from twitterlab.course.benchmarks.contest import Skip, speeds
from twitterlab.course.workbook import packaged

ROUNDS = 5
LONG = ("search", "check", "cli", "home-over-http", "live-sockets", "home-over-valkey")
SHORT_TIMES = 0.5
"""Small inputs and a busy machine cost ours more than its yardstick."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in LONG else []) for name in BENCHMARKS]
)
def test_ours_keeps_its_ratio_and_its_counts(name):
    entry = BENCHMARKS[name]
    try:
        with entry.prepare()(packaged(), True) as contest:
            found = speeds(contest, entry.now_ns(), ROUNDS)
    except Skip as skip:
        pytest.skip(str(skip))

    print(f"\n{name}: {found.ratio:.2f} times {entry.yardstick}; {dict(contest.counts)}")
    assert set(entry.most) <= set(contest.counts)
    for count, most in entry.most.items():
        assert contest.counts[count] <= most, count
    assert found.ratio >= SHORT_TIMES * entry.least
