"""Requests counted by the second in which people meant to make them."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable

from twitterlab.bench.histogram import Histogram

WITHIN_MS = 2_000.0
RECENT = 5_000
"""Home reads that a looker finds, if they look seldom."""


class Seconds:
    """Of one continent: how many requests were begun each second, how many of those were served in time, and how
    many at the first try; latencies by kind."""

    def __init__(self, seconds: int) -> None:
        self.begun, self.served, self.first = ([0] * (seconds + 1) for _ in range(3))
        self.latency: defaultdict[str, Histogram] = defaultdict(Histogram)
        self.steady: defaultdict[str, Histogram] = defaultdict(Histogram)
        self.recent: deque[int] = deque(maxlen=RECENT)  # nanoseconds of the last home reads, until somebody looks

    def begin(self, second: int) -> None:
        """Somebody wants something."""
        self.begun[second] += 1

    def end(self, second: int, kind: str, latency_ns: int, is_first: bool, is_steady: bool) -> None:
        """They have it."""
        if latency_ns <= WITHIN_MS * 1e6:
            self.served[second] += 1
            self.first[second] += is_first
        if kind == "home":
            self.recent.append(latency_ns)
        self.latency[kind].record(latency_ns)
        if is_steady:
            self.steady[kind].record(latency_ns)


def served_percent(all_seconds: Iterable[Seconds], start: int, end: int) -> float:
    """Of the requests begun in [start, end) seconds, those served in time, in percent; NaN where there were none."""
    counted = list(all_seconds)
    begun = sum(sum(each.begun[start:end]) for each in counted)
    served = sum(sum(each.served[start:end]) for each in counted)
    return 100.0 * served / begun if begun else float("nan")


def failover_s(seconds: Seconds, loss_s: int) -> float:
    """From the loss until the first second from which on, for five seconds, 99 in 100 were served at the first try."""
    for second in range(loss_s, len(seconds.begun) - 5):
        first, begun = sum(seconds.first[second : second + 5]), sum(seconds.begun[second : second + 5])
        if begun and first >= 0.99 * begun:
            return float(second - loss_s)
    return float("nan")
