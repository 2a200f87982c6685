"""Samples: what a run's gauges stood at, over time, in bounded memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from typing import Any

MOST_SAMPLES = 512
"""Twice what the widest plot shows. A longer run is kept at half the resolution, and half of that."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The gauges at one moment; NaN where nobody measured. Rates and waits are of the last second."""

    at_ns: int
    operations_per_s: float = nan
    reads_per_s: float = nan
    posts_per_s: float = nan
    deliveries_per_s: float = nan
    home_ms_p50: float = nan
    home_ms_p99: float = nan
    home_ms_p999: float = nan
    cache_hit_percent: float = nan
    queue_events: float = nan
    outbox_events: float = nan
    errors: float = nan


GAUGES = tuple(name for name in Sample.__slots__ if name != "at_ns")


@dataclass(frozen=True, slots=True)
class Samples:
    """The whole run, evenly thinned: one sample in `stride` is kept, and always the last."""

    kept: tuple[Sample, ...] = ()
    last: Sample | None = None
    stride: int = 1
    seen: int = 0

    def plus(self, sample: Sample) -> Samples:
        """One more."""
        kept, stride = self.kept, self.stride
        if self.seen % stride == 0:
            kept = (*kept, sample)
            if len(kept) > MOST_SAMPLES:
                kept, stride = kept[::2], stride * 2
        return Samples(kept, sample, stride, self.seen + 1)

    def all(self) -> tuple[Sample, ...]:
        """In order, with the last one."""
        if self.last is None or (self.kept and self.kept[-1] is self.last):
            return self.kept
        return (*self.kept, self.last)

    def series(self, name: str) -> tuple[tuple[float, float], ...]:
        """(seconds, value) of one gauge, where it was measured."""
        points = ((sample.at_ns / 1e9, getattr(sample, name)) for sample in self.all())
        return tuple((at_s, value) for at_s, value in points if value == value)


NO_SAMPLES = Samples()


def sample_of(at_ns: int, fields: Mapping[str, Any]) -> Sample:
    """A `pulse` as a sample; what is no number is not measured."""
    numbers = {name: fields.get(name) for name in GAUGES}
    return Sample(
        at_ns,
        **{name: float(value) if isinstance(value, int | float) else nan for name, value in numbers.items()},
    )
