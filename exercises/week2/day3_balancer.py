"""Day 2.3, balancer: whom to ask, when some are busy, some are broken, and some are on the wrong continent.

`Bucket` and `Window`, below, are given: how much a backend may be sent, and its mean latency. Sources: "The Power of
Two Choices in Randomized Load Balancing" (Mitzenmacher, 2001); the circuit breaker of "Release It!" (Nygard, 2007).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from statistics import median

from twitterlab.parts.balancer import POLICY, Backend, BalancerPolicy, Breaker
from twitterlab.parts.given import Chance


class TwoChoices:
    """The less busy of two; breakers around each backend; hysteresis around each region.

    Laws: `twitterlab.parts.balancer.Balancer`.
    """

    def __init__(self, backends: Sequence[Backend], policy: BalancerPolicy = POLICY) -> None:
        # TODO(you): what is known of each backend and of each region, the nearest first
        raise NotImplementedError("what is known of each backend and of each region, the nearest first")

    def choose(self, now_ms: int, chance: Chance, but: Sequence[str] = ()) -> str | None:
        """The backend to ask now, or None. Laws 1 and 3 to 5."""
        # TODO(you): a trial that is due; else the less busy of two, in the nearest region
        raise NotImplementedError("a trial that is due; else the less busy of two, in the nearest region")

    def finished(self, name: str, now_ms: int, latency_ms: float, is_ok: bool) -> None:
        """A request to `name` came back, or its deadline passed. Laws 2, 3 and 6."""
        # TODO(you): when was it sent: before the ejection, as the trial, or in good times?
        raise NotImplementedError("when was it sent: before the ejection, as the trial, or in good times?")

    def breaker(self, name: str, now_ms: int) -> Breaker:
        """What is thought of `name`. ValueError for a stranger. Laws 2 and 3."""
        # TODO(you): an open one whose time is over is half-open
        raise NotImplementedError("an open one whose time is over is half-open")

    def region(self, now_ms: int) -> str:
        """The nearest region that is not left; home where all are. Law 4."""
        # TODO(you): the regions stand in order of nearness
        raise NotImplementedError("the regions stand in order of nearness")


class Bucket:
    """A token bucket: in any `t` seconds at most `per_s * (t + burst_s)` are taken. Full at first."""

    def __init__(self, per_s: float, burst_s: float) -> None:
        self._per_ms = per_s / 1_000
        self._most = self._tokens = per_s * burst_s
        self._at_ms = 0

    def has_room(self, now_ms: int) -> bool:
        """Whether one more may be taken at `now_ms`."""
        if now_ms > self._at_ms:
            self._tokens = min(self._most, self._tokens + (now_ms - self._at_ms) * self._per_ms)
            self._at_ms = now_ms
        return self._tokens >= 1

    def take(self) -> None:
        """One is sent. Ask `has_room` first."""
        self._tokens -= 1


class Window:
    """The mean of the last `size` latencies."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._latencies_ms: deque[float] = deque()
        self._total_ms = 0.0

    def add(self, latency_ms: float) -> None:
        """One more; the oldest makes room for it."""
        self._latencies_ms.append(latency_ms)
        self._total_ms += latency_ms
        if len(self._latencies_ms) > self._size:
            self._total_ms -= self._latencies_ms.popleft()

    def clear(self) -> None:
        """Begin again: what was measured before says nothing any more."""
        self._latencies_ms.clear()
        self._total_ms = 0.0

    @property
    def is_full(self) -> bool:
        """Whether it holds as many as it can."""
        return len(self._latencies_ms) == self._size

    @property
    def mean_ms(self) -> float:
        """Of what it holds. ZeroDivisionError where that is nothing."""
        return self._total_ms / len(self._latencies_ms)
