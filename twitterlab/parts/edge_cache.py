"""Slot `edge_cache`: copies of public answers close to the reader, so that the origin is asked once.

A pure part: it says what to do with a request, its caller talks to the origin. Sources: RFC 9111 (HTTP caching) and
RFC 5861 (stale-while-revalidate, stale-if-error); request coalescing and purge by tag as CDNs have them; TinyLFU
(Einziger, Friedman, Manes, 2017) for admission.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

FETCH_TIMEOUT_MS = 3_000
"""A fetch whose answer has not come by then is given up: the next request fetches again."""
TTL_MS, STALE_MS = 60_000, 30_000
POPULAR_RETWEETS, POPULAR_TTL_MS = 1_000, 1_800_000
"""A tweet with more retweets than this is fresh for half an hour, and put into the edges before anyone asks."""


@dataclass(frozen=True, slots=True)
class Response:
    """The origin's answer. Fresh for `ttl_ms`, then for `stale_ms` good enough while a new one is fetched. A private
    one is for who asked and for nobody else. `tags` name what it shows: `tweet:7`, `user:3`."""

    body: bytes
    ttl_ms: int = TTL_MS
    stale_ms: int = STALE_MS
    tags: tuple[str, ...] = ()
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Serve:
    """Answer with this copy, `age_ms` old. With a `ticket` it is stale and the caller fetches a new one meanwhile."""

    body: bytes
    age_ms: int
    ticket: int | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """Ask the origin, then hand in its answer under this ticket."""

    ticket: int


@dataclass(frozen=True, slots=True)
class Join:
    """Somebody is asking already: wait for the answer of this ticket."""

    ticket: int


class Share(Enum):
    """What those get who joined a fetch that was answered."""

    ALL = "all"  # the answer
    AGAIN = "again"  # nothing: a purge has overtaken it, or it came too late; they ask again
    NOBODY = "nobody"  # nothing: it is private, each fetches for itself


class EdgeCache(Protocol):
    """One edge, constructed as `Edge(capacity)`: at most `capacity` responses. Tickets are never used twice. Time is
    any millisecond count that does not step back.

    Laws:
      1. A fresh copy is served without the origin; none is served past `ttl_ms + stale_ms`, counted from when its
         answer came in.
      2. A stale one is served at once, and exactly one of its readers is told to fetch.
      3. The origin sees one request a key a revalidation: while a fetch is open, who asks joins it (or is served the
         stale copy), until `FETCH_TIMEOUT_MS` after it began.
      4. A purge takes away every copy with its tag. An answer with the tag whose fetch began before the purge does
         not bring the old copy back, and is not given to who joined (`AGAIN`). Another tag's copies stay.
      5. A private answer is never kept, and never given to who joined (`NOBODY`).
      6. A failed fetch is not an answer: nothing is cached, a stale copy is served as long as it may be, and the
         next who asks without one fetches.
      7. Never more than `capacity` copies. What is asked for once does not push out what is asked for often: on Zipf
         traffic with scans the hit ratio beats LRU of the same size.
    """

    def ask(self, key: str, now_ms: int) -> Serve | Fetch | Join:
        """What to do with a request for `key`."""
        ...

    def answer(self, ticket: int, response: Response, now_ms: int) -> Share:
        """The origin has answered; what those get who joined. The answer of a ticket that is not open (given up,
        answered) is not kept: `AGAIN`."""
        ...

    def failed(self, ticket: int, now_ms: int) -> None:
        """The origin has not answered: those who joined get an error."""
        ...

    def warm(self, key: str, response: Response, now_ms: int) -> None:
        """Put a copy in before anyone asks. A private one is ignored."""
        ...

    def purge(self, tag: str, now_ms: int) -> None:
        """What carries `tag` has changed."""
        ...


class NoEdge:
    """Null part: every request goes to the origin."""

    def __init__(self, capacity: int = 0) -> None:
        self._last = 0

    def ask(self, key: str, now_ms: int) -> Serve | Fetch | Join:
        self._last += 1
        return Fetch(self._last)

    def answer(self, ticket: int, response: Response, now_ms: int) -> Share:
        return Share.NOBODY

    def failed(self, ticket: int, now_ms: int) -> None:
        return None

    def warm(self, key: str, response: Response, now_ms: int) -> None:
        return None

    def purge(self, tag: str, now_ms: int) -> None:
        return None
