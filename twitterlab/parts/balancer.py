"""Slot `balancer`: whom to ask, when some are busy, some are broken, and some are on the wrong continent.

Sources: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing" (2001); the circuit breaker of
"Release It!" (Nygard, 2007); outlier ejection as Envoy has it; panic and overflow by capacity from "The Site
Reliability Workbook", chapter 11.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from twitterlab.parts.given import Chance


@dataclass(frozen=True, slots=True)
class Backend:
    """A machine that can be asked. `capacity_per_s` is how many requests a second it can serve."""

    name: str
    region: str = ""
    capacity_per_s: float = 1_000.0


class Breaker(Enum):
    """What is known of one backend."""

    CLOSED = "closed"  # healthy: it gets traffic
    OPEN = "open"  # ejected: it gets nothing until its time is over
    HALF_OPEN = "half_open"  # one trial at a time


@dataclass(frozen=True, slots=True)
class BalancerPolicy:
    """When to eject, when to try again, when to leave a region."""

    failures_to_eject: int = 5  # in a row
    slow_factor: float = 3.0  # times the median of the mean latencies of the closed backends of the region…
    slow_samples: int = 20  # …over so many answers at least, and at least three such backends
    slow_floor_ms: float = 0.0  # a mean of no more than this is never slow: short latencies differ by large factors
    ejection_ms: int = 2_000  # the first time; doubled with each ejection in a row…
    max_ejection_ms: int = 30_000
    trial_timeout_ms: int = 1_000  # a trial that has not come back by then has failed
    successes_to_close: int = 3  # trials in a row
    leave_below: float = 0.5  # share of a region's backends that are closed, below which it is ill
    leave_after_ms: int = 1_000  # ill for so long without a break: its traffic leaves
    return_after_ms: int = 10_000  # well (not ill) for so long without a break: it comes back
    burst_s: float = 1.0  # a backend may be sent so many seconds of its capacity at once


POLICY = BalancerPolicy()


class Balancer(Protocol):
    """Chooses backends, constructed as `TwoChoices(backends, policy)`; regions in order of nearness: the region of
    the first backend is home. Time is any millisecond count that does not step back.

    Laws:
      1. Of two different closed backends drawn at random in the region in use, the one with fewer requests in
         flight (the first drawn in a tie): the greatest load is that of two choices, not of one.
      2. After `failures_to_eject` failures in a row, or when its mean latency over its last `slow_samples` answers
         exceeds `slow_factor` times the median of the others', a backend is open: it gets no traffic for
         `ejection_ms`, doubled each time it is ejected again before it was closed. The last closed backend of a
         region is not ejected for being slow.
      3. Half-open admits one trial, not a flood: no second one before the first has come back or
         `trial_timeout_ms` are over. `successes_to_close` good trials in a row close it, a bad one opens it again.
      4. A region whose closed share is below `leave_below` for `leave_after_ms` is left, and used again when it has
         been well for `return_after_ms`: a link that comes and goes does not make it flap. Trials of what is
         ejected go on meanwhile.
      5. Nobody is sent more than its capacity: at most `capacity_per_s * (t + burst_s)` requests in any `t` seconds.
         What the region in use cannot take goes to the next one that is not left; what nobody can take is None.
      6. In-flight counts are exact: one a choice, taken back by `finished` or, for a trial, by its timeout, and never
         below zero. What nobody chose and an answer that comes too late change nothing.
    """

    def choose(self, now_ms: int, chance: Chance, but: Sequence[str] = ()) -> str | None:
        """The backend to ask now, in flight from here on; None when there is none. `but` were asked already. A trial
        that is due comes before all others."""
        ...

    def finished(self, name: str, now_ms: int, latency_ms: float, is_ok: bool) -> None:
        """A request to `name` came back, or its deadline passed (`is_ok` False)."""
        ...

    def breaker(self, name: str, now_ms: int) -> Breaker:
        """What is thought of `name`. ValueError for a stranger."""
        ...

    def region(self, now_ms: int) -> str:
        """The region whose turn it is: the nearest that is not left; home where all are."""
        ...


class FirstBackend:
    """Null part: the first backend, always."""

    def __init__(self, backends: Sequence[Backend], policy: BalancerPolicy = POLICY) -> None:
        self._backends = tuple(backends)

    def choose(self, now_ms: int, chance: Chance, but: Sequence[str] = ()) -> str | None:
        return next((backend.name for backend in self._backends if backend.name not in but), None)

    def finished(self, name: str, now_ms: int, latency_ms: float, is_ok: bool) -> None:
        return None

    def breaker(self, name: str, now_ms: int) -> Breaker:
        return Breaker.CLOSED

    def region(self, now_ms: int) -> str:
        return self._backends[0].region
