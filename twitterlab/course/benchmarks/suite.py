"""What pytest-benchmark runs: one test a benchmark of the catalogue, ours in its rounds, the yardstick before each.

`twitterlab bench` starts it and reads the JSON that pytest-benchmark writes: `extra_info` holds the ratio and the counts.
"""

from __future__ import annotations

from typing import Any

import pytest

from twitterlab.course.benchmarks.catalogue import BENCHMARKS, Benchmark
from twitterlab.course.benchmarks.contest import Skip, ratio, timed_s
from twitterlab.course.workbook import find_or_packaged
from twitterlab.world.live import cpu_ns, stopwatch_ns

ROUNDS = 15


def cpu_s() -> float:
    return cpu_ns() / 1e9


def wall_s() -> float:
    return stopwatch_ns() / 1e9


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(
            entry,
            id=entry.name,
            marks=pytest.mark.benchmark(group=entry.name, timer=cpu_s if entry.clock == "processor" else wall_s),
        )
        for entry in BENCHMARKS.values()
    ],
)
def test_beside_its_yardstick(benchmark: Any, entry: Benchmark) -> None:
    yardstick_s: list[float] = []
    try:
        with entry.prepare()(find_or_packaged(), False) as contest:

            def beside() -> None:
                yardstick_s.append(timed_s(contest.yardstick, entry.now_ns()))

            contest.ours()
            benchmark.pedantic(contest.ours, setup=beside, rounds=ROUNDS)
            stats = benchmark.stats.stats
            benchmark.extra_info.update(
                ratio=ratio(contest, stats.min, min(yardstick_s)),
                rate_per_s=contest.operations / stats.min,
                yardstick_per_s=contest.yardstick_operations / min(yardstick_s),
                counts=dict(contest.counts),
            )
    except Skip as skip:
        pytest.skip(str(skip))
