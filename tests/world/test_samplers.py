"""Durations: whole nanoseconds with the mean and the shape they claim."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitterlab.errors import BadInput
from twitterlab.world.chance import SeededChance
from twitterlab.world.samplers import Constant, Empirical, Exponential, Lognormal, Sampler, Uniform

SAMPLERS = (
    Constant(2.5),
    Uniform(1, 3),
    Exponential(2),
    Exponential(0.5, floor_ms=10),
    Lognormal(2, 0.5),
    Empirical(((0.0, 1.0), (0.5, 2.0), (0.99, 4.0), (1.0, 50.0))),
)


@pytest.mark.parametrize("sampler", SAMPLERS, ids=str)
def test_the_mean_of_samples_is_the_mean_claimed(sampler: Sampler) -> None:
    draw = sampler.stream(SeededChance(1, "samples"))

    samples = [draw() for _ in range(20_000)]

    mean = sum(samples) / len(samples)
    error = math.sqrt(sum((sample - mean) ** 2 for sample in samples)) / len(samples)
    assert abs(mean - sampler.mean_ms * 1e6) <= 4 * error + 1
    assert all(isinstance(sample, int) and sample >= 0 for sample in samples)


def test_the_tail_of_an_exponential_is_exponential() -> None:
    draw = Exponential(1).stream(SeededChance(1, "tail"))

    beyond = sum(draw() > 4.605170 * 1e6 for _ in range(50_000))

    assert abs(beyond - 500) < 4 * math.sqrt(500)


@given(st.lists(st.floats(0, 1_000), min_size=2, max_size=400))
def test_an_empirical_distribution_stays_within_what_was_measured(samples: list[float]) -> None:
    measured = Empirical.of(samples)

    draw = measured.stream(SeededChance(3, "empirical"))

    assert all(int(min(samples) * 1e6) <= draw() <= max(samples) * 1e6 for _ in range(100))
    assert measured.points[-1] == (1.0, max(samples))
    assert all(left <= right for left, right in pairwise(measured.points))


@pytest.mark.parametrize("points", [(), ((0.0, 1.0),), ((0.0, 2.0), (1.0, 1.0)), ((0.1, 1.0), (1.0, 2.0))])
def test_an_empirical_distribution_refuses_points_that_make_none(points: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(BadInput):
        Empirical(points)


def test_streams_of_one_seed_are_equal_and_pinned() -> None:
    first = [sampler.stream(SeededChance(7, "pin"))() for sampler in SAMPLERS]

    assert first == [sampler.stream(SeededChance(7, "pin"))() for sampler in SAMPLERS]
    assert first == [2_500_000, 1_958_445, 1_304_865, 10_326_216, 1_948_568, 1_958_445]
