"""The port of analytics: what was done, from the event log, counted by hour and tag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from twitterlab.model.engagement import Engagement, HourCount, TagCount

HOUR_MS = 3_600_000


class Analytics(Protocol):
    """Engagements, counted.

    Clauses:
      1. `record` is idempotent by event id, the first telling counts: a redelivered event is counted once.
      2. `by_hour` counts from `since_ms` to under `until_ms`, oldest hour first, then kind by name; hours and kinds
         without any are left out. With a tag (any case) only what was about it.
      3. `top_tags` gives the tags with the most engagements in that time, most first, then by name; a tag counts
         once an engagement.
      4. What `record` has returned for is counted by the next question, and is as durable as the engine documents.
      5. While the engine is out of reach every call raises `Refused(kind="unavailable")`.
    """

    async def record(self, engagements: Sequence[Engagement]) -> None: ...

    async def by_hour(self, since_ms: int, until_ms: int, tag: str | None = None) -> list[HourCount]: ...

    async def top_tags(self, since_ms: int, until_ms: int, limit: int) -> list[TagCount]: ...
