"""The bench's own latency histogram: log-linear buckets, so that one relative error holds everywhere and two add up.

128 buckets for every power of two: a quantile is within 0.4 % of the exact one (the layout of HdrHistogram,
Gil Tene, 2012). It judges the meter part, so it shares nothing with it.
"""

from __future__ import annotations

from array import array
from math import ceil

_SUB_BITS = 7
_SUB = 1 << _SUB_BITS
_BUCKETS = (64 - _SUB_BITS) * _SUB


class Histogram:
    """Counts of whole nanoseconds in [0, 2**63); less than zero counts as zero."""

    def __init__(self) -> None:
        self._counts = array("Q", bytes(8 * _BUCKETS))
        self.count = 0

    def record(self, duration_ns: int) -> None:
        """Count one duration."""
        self.record_many(duration_ns, 1)

    def record_many(self, duration_ns: int, times: int) -> None:
        """Count one duration for so many, who waited for the same answer."""
        value = max(0, duration_ns)
        shift = max(0, value.bit_length() - _SUB_BITS - 1)
        self._counts[(shift << _SUB_BITS) + (value >> shift)] += times
        self.count += times

    def merge(self, other: Histogram) -> None:
        """Count everything that `other` has counted."""
        for index, count in enumerate(other._counts):
            if count:
                self._counts[index] += count
        self.count += other.count

    def quantile_ms(self, q: float) -> float:
        """Milliseconds at nearest rank ceil(q * n); NaN when empty: no measurement is not a fast one."""
        rank = max(1, ceil(q * self.count))
        for index, count in enumerate(self._counts):
            rank -= count
            if rank <= 0:
                return _middle_ns(index) / 1e6
        return float("nan")


def _middle_ns(index: int) -> float:
    shift = max(0, (index >> _SUB_BITS) - 1)
    return ((index - (shift << _SUB_BITS)) << shift) + ((1 << shift) - 1) / 2
