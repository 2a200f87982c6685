"""Each check of day 1.5 passes the solution, and fails the wrong implementation it names."""

from __future__ import annotations

from array import array
from dataclasses import replace

import pytest

from solutions.week1.day5_meter import LatencyMeter
from twitterlab.parts.meter import NoMeter
from weeks.week1.checks import day5_meter as checks

ALL = [look for look in vars(checks).values() if hasattr(look, "check")]


class AnotherRank(LatencyMeter):
    def quantile(self, q):
        return super().quantile(q / 2)


class ForgetsErrors(LatencyMeter):
    def merge(self, other):
        super().merge(replace(other, errors=0))


class Averages(LatencyMeter):
    others = ()

    def merge(self, other):
        meter = LatencyMeter()
        meter.merge(other)
        self.others = (*self.others, meter)

    def quantile(self, q):
        return (super().quantile(q) + sum(m.quantile(q) for m in self.others)) / (1 + len(self.others))


class KeepsValues(LatencyMeter):
    def record(self, latency_ms, ok=True):
        super().record(latency_ms, ok)
        self._buckets[10_000 + len(self._buckets)] += 1


class Sorts(LatencyMeter):
    def record(self, latency_ms, ok=True):
        super().record(latency_ms, ok)
        self._order = sorted(self._buckets)


class Stores(LatencyMeter):
    def __init__(self):
        super().__init__()
        self._values = array("d")

    def record(self, latency_ms, ok=True):
        super().record(latency_ms, ok)
        self._values.append(latency_ms)


class Walks(LatencyMeter):
    def record(self, latency_ms, ok=True):
        super().record(latency_ms, ok)
        for _index in self._buckets:
            self._last = _index


class WalksOnOneLine(LatencyMeter):
    def record(self, latency_ms, ok=True):
        super().record(latency_ms, ok)
        self._last = [index for index in self._buckets][-1]  # noqa: C416 - that it is a loop is the mistake


class Sums(LatencyMeter):
    def record(self, latency_ms, ok=True):
        super().record(latency_ms, ok)
        self._count = sum(self._buckets.values())


class OnlySuccesses(LatencyMeter):
    def record(self, latency_ms, ok=True):
        if ok:
            super().record(latency_ms, ok)


WRONG = {
    checks.quantiles_are_near: AnotherRank,
    checks.merging_is_recording: ForgetsErrors,
    checks.percentiles_are_not_averaged: Averages,
    checks.memory_is_bounded: KeepsValues,
    checks.recording_is_constant: Stores,
    checks.signals_count_failures: OnlySuccesses,
}


def test_the_points_sum_to_100():
    assert sum(look.check.points for look in ALL) == 100


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_the_solution_passes(look):
    look(LatencyMeter)


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_the_named_mistake_fails(look):
    with pytest.raises(AssertionError):
        look(WRONG[look])


@pytest.mark.parametrize("part", [Sorts, Stores, Walks, WalksOnOneLine, Sums])
def test_recording_that_grows_is_caught(part):
    with pytest.raises(AssertionError):
        checks.recording_is_constant(part)


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_the_null_part_scores_nothing(look):
    with pytest.raises(AssertionError):
        look(NoMeter)
