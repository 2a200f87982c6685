"""Slot `meter`: how slow it is for whom, in bounded memory, mergeable across machines.

Source: DDSketch (Masson, Rim, Lee, 2019) for the relative-error bound; HdrHistogram for the
log-linear layout; the four golden signals from "Site Reliability Engineering", chapter 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

RELATIVE_ERROR = 0.01
MIN_MS, MAX_MS = 0.001, 3_600_000.0
"""What a meter must tell apart: a microsecond to an hour. Values outside count as the nearer end."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A meter as data: what travels between machines. `buckets` maps bucket index to count."""

    buckets: tuple[tuple[int, int], ...]
    errors: int
    busy_ms: float


@dataclass(frozen=True, slots=True)
class GoldenSignals:
    """Latency, traffic, errors, saturation over one window. Percentages in [0, 100]."""

    latency_ms_p50: float
    latency_ms_p99: float
    traffic_per_s: float
    errors_percent: float
    saturation_percent: float


class Meter(Protocol):
    """Records latencies and answers questions about them, constructed as `Meter()`.

    Laws:
      1. A quantile is within 1 % of the exact one (nearest rank: the value at rank ceil(q * n)).
      2. Merging is associative and commutative, and equals having recorded everything in one.
      3. Percentiles are never averaged: the p99 of a merge is the p99 of all the values.
      4. Memory is bounded: at most 4,096 buckets, whatever is recorded.
      5. Recording is O(1): no stored values, no sorting when a value arrives.
      6. The golden signals count failures as traffic; an empty meter answers zeros.
    """

    def record(self, latency_ms: float, ok: bool = True) -> None:
        """Count one request. ValueError for a negative or NaN latency."""
        ...

    def quantile(self, q: float) -> float:
        """Latency in ms at quantile `q` in [0, 1]; 0.0 when empty. ValueError outside [0, 1]."""
        ...

    def snapshot(self) -> Snapshot:
        """All that is known, as data; `buckets` sorted by index, empty ones left out."""
        ...

    def merge(self, other: Snapshot) -> None:
        """Count everything another meter of the same kind has counted."""
        ...

    def signals(self, window_s: float, workers: int = 1) -> GoldenSignals:
        """The four golden signals over `window_s` seconds. Saturation is the share of
        `workers * window_s` spent inside requests, at most 100."""
        ...


class NoMeter:
    """Null part: sees nothing."""

    def record(self, latency_ms: float, ok: bool = True) -> None:
        return None

    def quantile(self, q: float) -> float:
        return 0.0

    def snapshot(self) -> Snapshot:
        return Snapshot((), 0, 0.0)

    def merge(self, other: Snapshot) -> None:
        return None

    def signals(self, window_s: float, workers: int = 1) -> GoldenSignals:
        return GoldenSignals(0.0, 0.0, 0.0, 0.0, 0.0)
