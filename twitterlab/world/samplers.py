"""How long things take: distributions that give whole nanoseconds from a seeded stream.

They are our own, so that a seed means the same durations under every Python. Every sampler knows its
mean, which is what queueing theory asks for. Textbook: Ross, "Simulation", chapter 5 (inversion).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Protocol

from twitterlab.errors import BadInput
from twitterlab.parts.given import Chance

NS_PER_MS = 1_000_000
_NORMAL = NormalDist()


class Sampler(Protocol):
    """A distribution of durations."""

    @property
    def mean_ms(self) -> float:
        """The mean of the distribution itself, not of samples."""
        ...

    def stream(self, chance: Chance) -> Callable[[], int]:
        """A function that draws the next duration in nanoseconds, never below 0."""
        ...


@dataclass(frozen=True, slots=True)
class Constant:
    """Always the same: the D of an M/D/1 queue."""

    value_ms: float

    @property
    def mean_ms(self) -> float:
        return self.value_ms

    def stream(self, chance: Chance) -> Callable[[], int]:
        value_ns = round(self.value_ms * NS_PER_MS)
        return lambda: value_ns


@dataclass(frozen=True, slots=True)
class Uniform:
    """Anything between two bounds, equally likely."""

    low_ms: float
    high_ms: float

    @property
    def mean_ms(self) -> float:
        return (self.low_ms + self.high_ms) / 2

    def stream(self, chance: Chance) -> Callable[[], int]:
        low, width, random = self.low_ms * NS_PER_MS, (self.high_ms - self.low_ms) * NS_PER_MS, chance.random
        return lambda: int(low + width * random())


@dataclass(frozen=True, slots=True)
class Exponential:
    """Memoryless, the M of an M/M/1 queue, after a constant `floor_ms` that light itself needs."""

    scale_ms: float
    floor_ms: float = 0.0

    @property
    def mean_ms(self) -> float:
        return self.floor_ms + self.scale_ms

    def stream(self, chance: Chance) -> Callable[[], int]:
        scale, floor, random, log = -self.scale_ms * NS_PER_MS, self.floor_ms * NS_PER_MS, chance.random, math.log
        return lambda: int(floor + scale * log(1.0 - random()))


@dataclass(frozen=True, slots=True)
class Lognormal:
    """What service times look like: a median and, by `sigma`, a long tail."""

    median_ms: float
    sigma: float

    @property
    def mean_ms(self) -> float:
        return self.median_ms * math.exp(self.sigma**2 / 2)

    def stream(self, chance: Chance) -> Callable[[], int]:
        median, sigma, random, exp, quantile = (
            self.median_ms * NS_PER_MS, self.sigma, chance.random, math.exp, _NORMAL.inv_cdf,
        )  # fmt: skip
        return lambda: int(median * exp(sigma * quantile(max(random(), 2.0**-53))))


@dataclass(frozen=True, slots=True)
class Empirical:
    """What was measured: points of the cumulative distribution, straight lines between them.

    `points` are pairs (fraction, milliseconds), from fraction 0 to 1, both rising.
    """

    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        fractions = [fraction for fraction, _ in self.points]
        values = [value for _, value in self.points]
        is_whole = len(self.points) >= 2 and fractions[0] == 0 and fractions[-1] == 1
        if not is_whole or fractions != sorted(set(fractions)) or values != sorted(values) or values[0] < 0:
            raise BadInput("an empirical distribution needs rising points from fraction 0 to 1", "Sort the samples")

    @classmethod
    def of(cls, samples_ms: Sequence[float], points: int = 257) -> Empirical:
        """The distribution of measured samples, thinned to at most `points`; the maximum is kept."""
        ordered = sorted(samples_ms)
        last = len(ordered) - 1
        if last < 1:
            raise BadInput(f"{len(ordered)} samples make no distribution", "Measure at least two")
        steps = min(points - 1, last)
        return cls(tuple((step / steps, ordered[step * last // steps]) for step in range(steps + 1)))

    @property
    def mean_ms(self) -> float:
        pairs = zip(self.points, self.points[1:], strict=False)
        return math.fsum((right - left) * (low + high) / 2 for (left, low), (right, high) in pairs)

    def stream(self, chance: Chance) -> Callable[[], int]:
        fractions = [fraction for fraction, _ in self.points]
        values = [value * NS_PER_MS for _, value in self.points]
        random = chance.random

        def draw() -> int:
            at = random()
            right = bisect_right(fractions, at)
            left = right - 1
            share = (at - fractions[left]) / (fractions[right] - fractions[left])
            return int(values[left] + share * (values[right] - values[left]))

        return draw
