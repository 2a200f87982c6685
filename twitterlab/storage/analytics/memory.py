"""Analytics in memory: a dictionary of engagements, read through for every question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from twitterlab.model.engagement import Engagement, HourCount, TagCount
from twitterlab.storage.analytics.port import HOUR_MS

REMEMBERED = 1_000_000
"""The oldest that were told are forgotten first."""


class MemoryAnalytics:
    """`Analytics` without a disk."""

    def __init__(self) -> None:
        self._all: dict[int, Engagement] = {}

    async def record(self, engagements: Sequence[Engagement]) -> None:
        for engagement in engagements:
            self._all.setdefault(engagement.event_id, engagement)
        while len(self._all) > REMEMBERED:
            del self._all[next(iter(self._all))]

    async def by_hour(self, since_ms: int, until_ms: int, tag: str | None = None) -> list[HourCount]:
        counts = Counter(
            (one.at_ms // HOUR_MS * HOUR_MS, one.kind)
            for one in self._within(since_ms, until_ms)
            if tag is None or tag.lower() in one.tags
        )
        return [HourCount(hour_ms, kind, count) for (hour_ms, kind), count in sorted(counts.items())]

    async def top_tags(self, since_ms: int, until_ms: int, limit: int) -> list[TagCount]:
        counts = Counter(tag for one in self._within(since_ms, until_ms) for tag in set(one.tags))
        best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]
        return [TagCount(tag, count) for tag, count in best]

    def _within(self, since_ms: int, until_ms: int) -> Iterator[Engagement]:
        return (one for one in self._all.values() if since_ms <= one.at_ms < until_ms)
