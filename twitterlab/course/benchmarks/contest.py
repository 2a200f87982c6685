"""A contest: something of ours and its yardstick, ready to be run, and what is counted rather than timed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from math import inf

from twitterlab.course.workbook import Workbook


class Skip(Exception):
    """Why a benchmark cannot be run here, and what would make it run."""


@dataclass(frozen=True, slots=True)
class Contest:
    """A call of `ours` does so many `operations`, one of `yardstick` its own number. `counts` are exact."""

    ours: Callable[[], object]
    yardstick: Callable[[], object]
    operations: int = 1
    yardstick_operations: int = 1
    counts: Mapping[str, float] = field(default_factory=dict)


Prepare = Callable[[Workbook, bool], AbstractContextManager[Contest]]
"""Sets a contest up; in short if the second argument is true. Raises Skip."""


@dataclass(frozen=True, slots=True)
class Speeds:
    """The quickest round of each, in seconds; and the ratio of their rates: above 1 ours is quicker."""

    ours_s: float
    yardstick_s: float
    ratio: float


def speeds(contest: Contest, now_ns: Callable[[], int], rounds: int) -> Speeds:
    """In turns, so that what disturbs the machine disturbs both."""
    ours_s = yardstick_s = inf
    for _ in range(rounds):
        yardstick_s = min(yardstick_s, timed_s(contest.yardstick, now_ns))
        ours_s = min(ours_s, timed_s(contest.ours, now_ns))
    return Speeds(ours_s, yardstick_s, ratio(contest, ours_s, yardstick_s))


def timed_s(run: Callable[[], object], now_ns: Callable[[], int]) -> float:
    started_ns = now_ns()
    run()
    return (now_ns() - started_ns) / 1e9


def ratio(contest: Contest, ours_s: float, yardstick_s: float) -> float:
    """Operations a second of ours, as a multiple of the yardstick's."""
    return (contest.operations / ours_s) / (contest.yardstick_operations / yardstick_s)
