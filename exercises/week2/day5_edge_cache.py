"""Day 2.5, edge_cache: copies close to the reader, so that the origin is asked once.

`Often`, below, is given: how often what is asked for. Sources: RFC 9111 and RFC 5861 for lifetimes; "TinyLFU: A Highly
Efficient Cache Admission Policy" (Einziger, Friedman, Manes, 2017) for who may come in.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from twitterlab.parts.edge_cache import FETCH_TIMEOUT_MS, EdgeCache, Fetch, Join, Response, Serve, Share


@dataclass(slots=True)
class _Copy:
    """A response that is kept, since when."""

    response: Response
    at_ms: int


@dataclass(slots=True)
class _Open:
    """A fetch that is under way: for what, since when, and how many purges there had been."""

    key: str
    at_ms: int
    purges: int


class Edge(EdgeCache):
    """Keeps what is asked for often (TinyLFU), and one fetch a key. Laws: `twitterlab.parts.edge_cache.EdgeCache`."""

    def __init__(self, capacity: int) -> None:
        # TODO(you): copies by key and by tag, open fetches by ticket and by key
        raise NotImplementedError("copies by key and by tag, open fetches by ticket and by key")

    def ask(self, key: str, now_ms: int) -> Serve | Fetch | Join:
        """What to do with a request for `key`."""
        # TODO(you): fresh, stale, being fetched, or nothing: four cases
        raise NotImplementedError("fresh, stale, being fetched, or nothing: four cases")

    def answer(self, ticket: int, response: Response, now_ms: int) -> Share:
        """The origin has answered; what those get who joined. The answer of a ticket that is not open (given up,
        answered) is not kept: `AGAIN`."""
        # TODO(you): is it still open? whose is it? has a purge overtaken it?
        raise NotImplementedError("is it still open? whose is it? has a purge overtaken it?")

    def failed(self, ticket: int, now_ms: int) -> None:
        """The origin has not answered: those who joined get an error."""
        # TODO(you): the ticket is closed, and nothing else has happened
        raise NotImplementedError("the ticket is closed, and nothing else has happened")

    def warm(self, key: str, response: Response, now_ms: int) -> None:
        """Put a copy in before anyone asks. A private one is ignored."""
        # TODO(you): what many will ask for counts as asked for
        raise NotImplementedError("what many will ask for counts as asked for")

    def purge(self, tag: str, now_ms: int) -> None:
        """What carries `tag` has changed."""
        # TODO(you): drop the copies, and remember it while a fetch is open
        raise NotImplementedError("drop the copies, and remember it while a fetch is open")


class Often:
    """How often each key was asked for of late, up to `MOST`. Every `period` requests all counts are halved, so that
    fame fades, and what was asked for once is forgotten."""

    MOST, EXPECTED = 15, 8

    def __init__(self, period: int) -> None:
        self._period = max(1, period)
        self._asked = 0
        self._counts: dict[str, int] = {}

    def count(self, key: str) -> None:
        """It is asked for."""
        self._counts[key] = min(self.MOST, self.of(key) + 1)
        self._asked += 1
        if self._asked >= self._period:
            self._asked = 0
            self._counts = {name: count // 2 for name, count in self._counts.items() if count > 1}

    def expect(self, key: str) -> None:
        """It will be asked for often."""
        self._counts[key] = max(self.EXPECTED, self.of(key))

    def of(self, key: str) -> int:
        """How often it was."""
        return self._counts.get(key, 0)
