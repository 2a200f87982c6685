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
        # BEGIN SOLUTION: copies by key and by tag, open fetches by ticket and by key
        self._capacity = capacity
        self._copies: OrderedDict[str, _Copy] = OrderedDict()
        self._tagged: dict[str, dict[str, None]] = {}
        self._open: dict[int, _Open] = {}
        self._fetching: dict[str, int] = {}
        self._purged: dict[str, int] = {}
        self._purges = self._last_ticket = 0
        self._often = Often(10 * capacity)
        # END SOLUTION

    def ask(self, key: str, now_ms: int) -> Serve | Fetch | Join:
        """What to do with a request for `key`."""
        # BEGIN SOLUTION: fresh, stale, being fetched, or nothing: four cases
        self._often.count(key)
        ticket = self._fetching.get(key)
        if ticket is not None and now_ms - self._open[ticket].at_ms >= FETCH_TIMEOUT_MS:
            self._close(ticket)
            ticket = None
        copy = self._copies.get(key)
        if copy is not None:
            age_ms, response = now_ms - copy.at_ms, copy.response
            if age_ms < response.ttl_ms + response.stale_ms:
                self._copies.move_to_end(key)
                is_stale = age_ms >= response.ttl_ms
                return Serve(response.body, age_ms, self._begin(key, now_ms) if is_stale and ticket is None else None)
            self._drop(key)
        return Fetch(self._begin(key, now_ms)) if ticket is None else Join(ticket)
        # END SOLUTION

    def answer(self, ticket: int, response: Response, now_ms: int) -> Share:
        """The origin has answered; what those get who joined. The answer of a ticket that is not open (given up,
        answered) is not kept: `AGAIN`."""
        # BEGIN SOLUTION: is it still open? whose is it? has a purge overtaken it?
        fetch = self._close(ticket)
        if fetch is None:
            return Share.AGAIN
        is_overtaken = any(self._purged.get(tag, 0) > fetch.purges for tag in response.tags)
        if response.is_private:
            self._drop(fetch.key)
            return Share.NOBODY
        if is_overtaken:
            return Share.AGAIN
        self._keep(fetch.key, response, now_ms)
        return Share.ALL
        # END SOLUTION

    def failed(self, ticket: int, now_ms: int) -> None:
        """The origin has not answered: those who joined get an error."""
        # BEGIN SOLUTION: the ticket is closed, and nothing else has happened
        self._close(ticket)
        # END SOLUTION

    def warm(self, key: str, response: Response, now_ms: int) -> None:
        """Put a copy in before anyone asks. A private one is ignored."""
        # BEGIN SOLUTION: what many will ask for counts as asked for
        if not response.is_private:
            self._often.expect(key)
            self._keep(key, response, now_ms)
        # END SOLUTION

    def purge(self, tag: str, now_ms: int) -> None:
        """What carries `tag` has changed."""
        # BEGIN SOLUTION: drop the copies, and remember it while a fetch is open
        for key in list(self._tagged.get(tag, ())):
            self._drop(key)
        self._purges += 1
        if not self._open:
            self._purged.clear()  # nobody is left whom a purge could have overtaken
        self._purged[tag] = self._purges
        # END SOLUTION

    # BEGIN SOLUTION
    def _begin(self, key: str, now_ms: int) -> int:
        self._last_ticket += 1
        self._open[self._last_ticket] = _Open(key, now_ms, self._purges)
        self._fetching[key] = self._last_ticket
        return self._last_ticket

    def _close(self, ticket: int) -> _Open | None:
        fetch = self._open.pop(ticket, None)
        if fetch is not None and self._fetching.get(fetch.key) == ticket:
            del self._fetching[fetch.key]
        return fetch

    def _keep(self, key: str, response: Response, now_ms: int) -> None:
        """Keep it, if there is room or it is asked for more often than what is used least recently."""
        self._drop(key)
        if len(self._copies) >= self._capacity:
            victim = next(iter(self._copies), None)
            if victim is None or self._often.of(victim) > self._often.of(key):
                return
            self._drop(victim)
        self._copies[key] = _Copy(response, now_ms)
        for tag in response.tags:
            self._tagged.setdefault(tag, {})[key] = None

    def _drop(self, key: str) -> None:
        copy = self._copies.pop(key, None)
        if copy is None:
            return
        for tag in copy.response.tags:
            del self._tagged[tag][key]
            if not self._tagged[tag]:
                del self._tagged[tag]

    # END SOLUTION


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
