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
        # BEGIN SOLUTION: what is known of each backend and of each region, the nearest first
        self._policy = policy
        self._known: dict[str, _Known] = {}
        self._regions: dict[str, _Region] = {}
        self._ejected: list[_Known] = []
        for backend in backends:
            region = self._regions.setdefault(backend.region, _Region(backend.region, policy))
            known = _Known(
                backend.name, region, Bucket(backend.capacity_per_s, policy.burst_s), Window(policy.slow_samples)
            )
            self._known[backend.name] = known
            region.closed.append(known)
            region.size += 1
        # END SOLUTION

    def choose(self, now_ms: int, chance: Chance, but: Sequence[str] = ()) -> str | None:
        """The backend to ask now, or None. Laws 1 and 3 to 5."""
        # BEGIN SOLUTION: a trial that is due; else the less busy of two, in the nearest region
        for known in self._ejected:
            if self._is_trial_due(known, now_ms) and known.name not in but and known.bucket.has_room(now_ms):
                known.trial_ms = now_ms
                return known.send()
        regions = [region for region in self._regions.values() if not region.is_left(now_ms)]
        for region in regions or self._regions.values():
            able = [known for known in region.closed if known.bucket.has_room(now_ms) and known.name not in but]
            if able:
                return _less_busy_of_two(able, chance).send()
        return None
        # END SOLUTION

    def finished(self, name: str, now_ms: int, latency_ms: float, is_ok: bool) -> None:
        """A request to `name` came back, or its deadline passed. Laws 2, 3 and 6."""
        # BEGIN SOLUTION: when was it sent: before the ejection, as the trial, or in good times?
        known = self._known.get(name)
        if known is None:
            return
        self._give_up_trial(known, now_ms)
        sent_ms = now_ms - latency_ms
        if known.in_flight == 0 or known.left_ms < sent_ms <= known.opened_ms:
            return  # nobody chose it, or it was a trial that had its time
        known.in_flight -= 1
        if sent_ms <= known.opened_ms:
            return  # sent before the ejection: it says nothing of today
        if known.is_closed:
            self._judge(known, now_ms, latency_ms, is_ok)
        elif known.trial_ms is not None:
            self._judge_trial(known, now_ms, is_ok)
        # END SOLUTION

    def breaker(self, name: str, now_ms: int) -> Breaker:
        """What is thought of `name`. ValueError for a stranger. Laws 2 and 3."""
        # BEGIN SOLUTION: an open one whose time is over is half-open
        if name not in self._known:
            raise ValueError(f"{name} is no backend of this balancer")
        known = self._known[name]
        self._give_up_trial(known, now_ms)
        if known.is_closed:
            return Breaker.CLOSED
        return Breaker.OPEN if now_ms < known.opened_ms + known.ejection_ms else Breaker.HALF_OPEN
        # END SOLUTION

    def region(self, now_ms: int) -> str:
        """The nearest region that is not left; home where all are. Law 4."""
        # BEGIN SOLUTION: the regions stand in order of nearness
        home = next(iter(self._regions))
        return next((name for name, region in self._regions.items() if not region.is_left(now_ms)), home)
        # END SOLUTION

    # BEGIN SOLUTION
    def _judge(self, known: _Known, now_ms: int, latency_ms: float, is_ok: bool) -> None:
        """An answer of a closed backend: is it failing, or slower than its neighbours?"""
        known.failures = 0 if is_ok else known.failures + 1
        if is_ok:
            known.window.add(latency_ms)
        if known.failures >= self._policy.failures_to_eject or self._is_slow(known):
            self._eject(known, now_ms)

    def _is_slow(self, known: _Known) -> bool:
        if not known.window.is_full:
            return False
        others = [other.window.mean_ms for other in known.region.closed if other is not known and other.window.is_full]
        if len(others) < 2:
            return False
        return known.window.mean_ms > max(self._policy.slow_factor * median(others), self._policy.slow_floor_ms)

    def _eject(self, known: _Known, at_ms: int) -> None:
        """Open, for twice as long as the last time if it was not closed since."""
        known.ejection_ms = min(max(self._policy.ejection_ms, 2 * known.ejection_ms), self._policy.max_ejection_ms)
        known.opened_ms = at_ms
        known.trial_ms = None
        known.good_trials = 0
        if known.is_closed:
            known.is_closed = False
            known.left_ms = at_ms
            known.region.closed.remove(known)
            known.region.look(at_ms)
            self._ejected.append(known)

    def _is_trial_due(self, known: _Known, now_ms: int) -> bool:
        self._give_up_trial(known, now_ms)
        return known.trial_ms is None and now_ms >= known.opened_ms + known.ejection_ms

    def _give_up_trial(self, known: _Known, now_ms: int) -> None:
        """A trial whose time is over has failed, at the moment when it was over."""
        if known.trial_ms is not None and now_ms >= known.trial_ms + self._policy.trial_timeout_ms:
            known.in_flight -= 1
            self._eject(known, known.trial_ms + self._policy.trial_timeout_ms)

    def _judge_trial(self, known: _Known, now_ms: int, is_ok: bool) -> None:
        if not is_ok:
            self._eject(known, now_ms)
            return
        known.trial_ms = None
        known.good_trials += 1
        if known.good_trials == self._policy.successes_to_close:
            known.is_closed = True
            known.ejection_ms = known.failures = 0
            known.window.clear()
            known.region.closed.append(known)
            known.region.look(now_ms)
            self._ejected.remove(known)

    # END SOLUTION


# BEGIN SOLUTION
@dataclass(slots=True, eq=False)
class _Known:
    """What is known of one backend."""

    name: str
    region: _Region
    bucket: Bucket
    window: Window
    in_flight: int = 0
    is_closed: bool = True
    failures: int = 0  # in a row
    left_ms: float = -inf  # when it was last closed
    opened_ms: float = -inf  # when it was last opened, perhaps again
    ejection_ms: int = 0  # how long for
    trial_ms: int | None = None  # when the trial that is out was sent
    good_trials: int = 0  # in a row

    def send(self) -> str:
        self.bucket.take()
        self.in_flight += 1
        return self.name


@dataclass(slots=True, eq=False)
class _Region:
    """Left after it was ill for a while, used again after it was well for a longer while."""

    name: str
    policy: BalancerPolicy
    closed: list[_Known] = field(default_factory=list)
    size: int = 0
    is_ill: bool = False
    since_ms: float = -inf
    was_left: bool = False  # before it fell ill, or got well

    def look(self, now_ms: float) -> None:
        """A backend was opened or closed: is the region well or ill from now on?"""
        is_ill = len(self.closed) < self.policy.leave_below * self.size
        if is_ill != self.is_ill:
            self.was_left = self.is_left(now_ms)
            self.is_ill, self.since_ms = is_ill, now_ms

    def is_left(self, now_ms: float) -> bool:
        if self.is_ill:
            return self.was_left or now_ms - self.since_ms >= self.policy.leave_after_ms
        return self.was_left and now_ms - self.since_ms < self.policy.return_after_ms


def _less_busy_of_two(able: Sequence[_Known], chance: Chance) -> _Known:
    """Two different ones by chance; the first in a tie."""
    if len(able) == 1:
        return able[0]
    first = chance.below(len(able))
    second = chance.below(len(able) - 1)
    one, other = able[first], able[second + (second >= first)]
    return other if other.in_flight < one.in_flight else one


# END SOLUTION


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
