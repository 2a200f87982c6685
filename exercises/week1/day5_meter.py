"""Day 1.5, meter: how slow it is for whom, in logarithmic buckets that add up across machines.

Source: DDSketch (Masson, Rim, Lee, 2019): bucket i holds (gamma**(i-1), gamma**i].
"""

from __future__ import annotations

from collections import Counter
from math import ceil, exp, log

from twitterlab.parts.meter import MAX_MS, MIN_MS, RELATIVE_ERROR, GoldenSignals, Snapshot


class LatencyMeter:
    """Counts latencies in buckets whose width grows with the value: one relative error everywhere.

    Laws: `twitterlab.parts.meter.Meter`.
    """

    def __init__(self) -> None:
        # TODO(you): a count a bucket, and nothing a value
        raise NotImplementedError("a count a bucket, and nothing a value")

    def record(self, latency_ms: float, ok: bool = True) -> None:
        """Count one request. ValueError for a negative or NaN latency. Law 5."""
        # TODO(you): the logarithm of the value names its bucket
        raise NotImplementedError("the logarithm of the value names its bucket")

    def quantile(self, q: float) -> float:
        """Latency in ms at quantile `q` in [0, 1]; 0.0 when empty. ValueError outside [0, 1]. Law 1."""
        # TODO(you): walk the buckets in order until the rank is reached; answer the bucket's middle
        raise NotImplementedError("walk the buckets in order until the rank is reached; answer the bucket's middle")

    def snapshot(self) -> Snapshot:
        """All that is known, as data; `buckets` sorted by index, empty ones left out. Law 4."""
        # TODO(you): counts travel, percentiles do not
        raise NotImplementedError("counts travel, percentiles do not")

    def merge(self, other: Snapshot) -> None:
        """Count everything another meter of the same kind has counted. Laws 2 and 3."""
        # TODO(you): equal buckets add
        raise NotImplementedError("equal buckets add")

    def signals(self, window_s: float, workers: int = 1) -> GoldenSignals:
        """The four golden signals over `window_s` seconds. Saturation is the share of
        `workers * window_s` spent inside requests, at most 100. Law 6."""
        # TODO(you): traffic counts failures too; an empty meter must not divide by zero
        raise NotImplementedError("traffic counts failures too; an empty meter must not divide by zero")
