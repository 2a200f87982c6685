"""Trends: hashtags that people use more than usual, by the hour.

Held in memory and rebuilt from the stream of new tweets: a restart forgets them.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable

from twitterlab.model.tweet import Trend

HOUR_MS = 3_600_000
REMEMBERED_TWEETS = 10_000
MAX_TAGS_AN_HOUR = 50_000


class Trends:
    """Counts this hour and the hour before. A tag's score is its count now, with a bonus for growth."""

    def __init__(self) -> None:
        self._hour = 0
        self._now: Counter[str] = Counter()
        self._before: Counter[str] = Counter()
        self._seen: OrderedDict[int, None] = OrderedDict()

    def count(self, tweet_id: int, tags: Iterable[str], at_ms: int) -> None:
        """Count each tag of a tweet once; a tweet seen before (a redelivery) changes nothing."""
        if tweet_id in self._seen:
            return
        self._seen[tweet_id] = None
        if len(self._seen) > REMEMBERED_TWEETS:
            self._seen.popitem(last=False)
        self._turn(at_ms)
        for tag in {tag.lower() for tag in tags}:
            if tag in self._now or len(self._now) < MAX_TAGS_AN_HOUR:
                self._now[tag] += 1

    def top(self, limit: int, at_ms: int) -> list[Trend]:
        """The tags used most above their usual, then by name. `tweets` counts the last one to two hours."""
        self._turn(at_ms)
        totals = self._now + self._before
        growth = {tag: self._now[tag] - self._before[tag] / 2 for tag in totals}
        best = sorted(totals, key=lambda tag: (-growth[tag], -totals[tag], tag))[:limit]
        return [Trend(tag, totals[tag]) for tag in best]

    def _turn(self, at_ms: int) -> None:
        hour = at_ms // HOUR_MS
        if hour <= self._hour:
            return
        self._before = self._now if hour == self._hour + 1 else Counter()
        self._now, self._hour = Counter(), hour
