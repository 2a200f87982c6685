"""Day 1.5, meter: how slow it is for whom, in logarithmic buckets that add up across machines.

Source: DDSketch (Masson, Rim, Lee, 2019): bucket i holds (gamma**(i-1), gamma**i].
"""

from __future__ import annotations

from collections import Counter
from math import ceil, exp, log

from twitterlab.parts.meter import MAX_MS, MIN_MS, RELATIVE_ERROR, GoldenSignals, Snapshot

# BEGIN SOLUTION
ALPHA = RELATIVE_ERROR * 0.99
"""A hair under the promise, so that rounding does not break it."""
LOG_GAMMA = log((1 + ALPHA) / (1 - ALPHA))
# END SOLUTION


class LatencyMeter:
    """Counts latencies in buckets whose width grows with the value: one relative error everywhere.

    Laws: `twitterlab.parts.meter.Meter`.
    """

    def __init__(self) -> None:
        # BEGIN SOLUTION: a count a bucket, and nothing a value
        self._buckets: Counter[int] = Counter()
        self._count = 0
        self._errors = 0
        self._busy_ms = 0.0
        # END SOLUTION

    def record(self, latency_ms: float, ok: bool = True) -> None:
        """Count one request. ValueError for a negative or NaN latency. Law 5."""
        # BEGIN SOLUTION: the logarithm of the value names its bucket
        if not latency_ms >= 0:
            raise ValueError(f"a latency of {latency_ms} ms")
        latency_ms = min(max(latency_ms, MIN_MS), MAX_MS)
        self._buckets[ceil(log(latency_ms) / LOG_GAMMA)] += 1
        self._count += 1
        self._errors += not ok
        self._busy_ms += latency_ms
        # END SOLUTION

    def quantile(self, q: float) -> float:
        """Latency in ms at quantile `q` in [0, 1]; 0.0 when empty. ValueError outside [0, 1]. Law 1."""
        # BEGIN SOLUTION: walk the buckets in order until the rank is reached; answer the bucket's middle
        if not 0 <= q <= 1:
            raise ValueError(f"quantile {q} is outside [0, 1]")
        rank = max(1, ceil(q * self._count))
        for index in sorted(self._buckets):
            rank -= self._buckets[index]
            if rank <= 0:
                return exp(index * LOG_GAMMA) * (1 - ALPHA)
        return 0.0
        # END SOLUTION

    def snapshot(self) -> Snapshot:
        """All that is known, as data; `buckets` sorted by index, empty ones left out. Law 4."""
        # BEGIN SOLUTION: counts travel, percentiles do not
        return Snapshot(tuple(sorted(self._buckets.items())), self._errors, self._busy_ms)
        # END SOLUTION

    def merge(self, other: Snapshot) -> None:
        """Count everything another meter of the same kind has counted. Laws 2 and 3."""
        # BEGIN SOLUTION: equal buckets add
        for index, count in other.buckets:
            self._buckets[index] += count
            self._count += count
        self._errors += other.errors
        self._busy_ms += other.busy_ms
        # END SOLUTION

    def signals(self, window_s: float, workers: int = 1) -> GoldenSignals:
        """The four golden signals over `window_s` seconds. Saturation is the share of
        `workers * window_s` spent inside requests, at most 100. Law 6."""
        # BEGIN SOLUTION: traffic counts failures too; an empty meter must not divide by zero
        return GoldenSignals(
            latency_ms_p50=self.quantile(0.5),
            latency_ms_p99=self.quantile(0.99),
            traffic_per_s=self._count / window_s,
            errors_percent=100 * self._errors / max(1, self._count),
            saturation_percent=min(100.0, self._busy_ms / (workers * window_s * 10)),
        )
        # END SOLUTION
