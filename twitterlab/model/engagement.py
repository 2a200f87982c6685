"""Engagement: what people do with tweets, as analytics count it."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("post", "reply", "retweet", "quote", "like", "follow")


@dataclass(frozen=True, slots=True)
class Engagement:
    """Somebody did something: one of `KINDS`, about a tweet with these tags (lower case, without #). `event_id` is
    that of its event; times are Unix milliseconds. Who did it is not kept."""

    event_id: int
    kind: str
    at_ms: int
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HourCount:
    """How often `kind` was done in the hour that began at `hour_ms`."""

    hour_ms: int
    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class TagCount:
    """How many engagements, of any kind, were about `tag`."""

    tag: str
    count: int
