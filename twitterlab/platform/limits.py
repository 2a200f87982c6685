"""Rate limits: how much one person or one address may do, as token buckets in this process.

The numbers are those that Twitter published for accounts in 2023 (help.x.com, "About X limits"): 2,400 posts,
500 direct messages and 400 follows a day. Likes were never published; 1,000 a day is what clients observed.
Behind several gateways each counts for itself: a person reaches at most the limit times the gateways.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from twitterlab.errors import Refused
from twitterlab.parts.given import Clock

DAY_MS = 86_400_000
REMEMBERED = 100_000
"""Buckets kept; the least recently used is dropped first, and was nearly always full again."""


@dataclass(frozen=True, slots=True)
class Limit:
    """`amount` actions at once, and as many again over `per_ms`."""

    amount: int
    per_ms: int = DAY_MS


LIMITS: Mapping[str, Limit] = MappingProxyType(
    {"post": Limit(2_400), "message": Limit(500), "follow": Limit(400), "like": Limit(1_000)}
)


class Limited(Refused):
    """Too much at once: nothing was done. Try again after `retry_after_ms`."""

    def __init__(self, action: str, limit: Limit, retry_after_ms: int) -> None:
        super().__init__(f"that is more than {limit.amount} {action}s in {_words(limit.per_ms)}", "limited")
        self.retry_after_ms = retry_after_ms

    @classmethod
    def again(cls, reason: str, retry_after_ms: int) -> Limited:
        """One that another process raised, and put in these words."""
        limited = cls.__new__(cls)
        Refused.__init__(limited, reason, "limited")
        limited.retry_after_ms = retry_after_ms
        return limited


class RateLimits:
    """One bucket a subject (a user id, an address) and action. An action without a limit is always free."""

    def __init__(self, clock: Clock, limits: Mapping[str, Limit] = LIMITS) -> None:
        self._clock, self._limits = clock, limits
        self._buckets: OrderedDict[tuple[Hashable, str], tuple[float, int]] = OrderedDict()

    def take(self, subject: Hashable, action: str) -> None:
        """Use one token, or raise `Limited`."""
        limit = self._limits.get(action)
        if limit is None:
            return
        tokens, now_ms = self._tokens(subject, action, limit)
        if tokens < 1:
            raise Limited(action, limit, round((1 - tokens) * limit.per_ms / limit.amount))
        self._buckets[subject, action] = (tokens - 1, now_ms)
        self._buckets.move_to_end((subject, action))
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)

    def limit(self, action: str) -> Limit | None:
        """What bounds the action; None where nothing does."""
        return self._limits.get(action)

    def left(self, subject: Hashable, action: str) -> int:
        """Whole tokens that are left now; 0 for an action without a limit too."""
        limit = self._limits.get(action)
        return int(self._tokens(subject, action, limit)[0]) if limit else 0

    def _tokens(self, subject: Hashable, action: str, limit: Limit) -> tuple[float, int]:
        """A clock that steps back refills nothing."""
        now_ms = self._clock.now_ms()
        tokens, at_ms = self._buckets.get((subject, action), (float(limit.amount), now_ms))
        now_ms = max(now_ms, at_ms)
        return min(float(limit.amount), tokens + (now_ms - at_ms) * limit.amount / limit.per_ms), now_ms


def _words(duration_ms: int) -> str:
    for name, size_ms in (("day", DAY_MS), ("hour", 3_600_000), ("minute", 60_000), ("second", 1_000)):
        if duration_ms >= size_ms:
            count = duration_ms / size_ms
            return f"a {name}" if count == 1 else f"{count:g} {name}s"
    return f"{duration_ms} ms"
