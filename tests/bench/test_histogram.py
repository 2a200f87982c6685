"""The bench's own latency histogram."""

from __future__ import annotations

from math import ceil, isnan

from hypothesis import given
from hypothesis import strategies as st

from twitterlab.bench.histogram import Histogram

durations = st.lists(st.integers(min_value=0, max_value=2**62), min_size=1, max_size=200)


def histogram(values: list[int]) -> Histogram:
    filled = Histogram()
    for value in values:
        filled.record(value)
    return filled


@given(durations, st.floats(min_value=0, max_value=1))
def test_a_quantile_is_within_half_a_percent_of_the_exact_one(values: list[int], q: float) -> None:
    exact_ms = sorted(values)[max(1, ceil(q * len(values))) - 1] / 1e6

    assert abs(histogram(values).quantile_ms(q) - exact_ms) <= 0.005 * exact_ms


@given(durations, durations, st.floats(min_value=0, max_value=1))
def test_merging_is_having_recorded_everything_in_one(one: list[int], other: list[int], q: float) -> None:
    merged = histogram(one)

    merged.merge(histogram(other))

    assert merged.count == len(one) + len(other)
    assert merged.quantile_ms(q) == histogram(one + other).quantile_ms(q)


def test_no_measurement_is_not_a_fast_one() -> None:
    assert isnan(Histogram().quantile_ms(0.99))


def test_a_clock_that_steps_back_counts_as_no_time() -> None:
    assert histogram([-5]).quantile_ms(0.5) == 0
