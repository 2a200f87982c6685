"""Checks of day 2.5, edge_cache."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from twitterlab.course.checks import check, expect
from twitterlab.parts.edge_cache import FETCH_TIMEOUT_MS, Fetch, Join, Response, Serve, Share

PAGE = "docs/week2/day5-edge-cache.md"
KEY, TAG = "page/7", "user:7"
TTL_MS, STALE_MS = 1_000, 500


def _response(body: str = "old", **other: Any) -> Response:
    return Response(body.encode(), **{"ttl_ms": TTL_MS, "stale_ms": STALE_MS, "tags": (TAG,), **other})


class Edge:
    """The part, and every call that was made of it, for the counterexample."""

    def __init__(self, part: Any, capacity: int = 10) -> None:
        self._part, self.said = part(capacity), [f"Edge({capacity})"]

    def ask(self, key: str, now_ms: int) -> Any:
        return self._call(f"ask({key!r}, {now_ms})", lambda: self._part.ask(key, now_ms))

    def answer(self, ticket: int, response: Response, now_ms: int) -> Any:
        told = f"answer({ticket}, {response.body!r}, {now_ms})"
        return self._call(told, lambda: self._part.answer(ticket, response, now_ms))

    def failed(self, ticket: int, now_ms: int) -> None:
        self._call(f"failed({ticket}, {now_ms})", lambda: self._part.failed(ticket, now_ms))

    def warm(self, key: str, response: Response, now_ms: int) -> None:
        self._call(f"warm({key!r}, {response.body!r}, {now_ms})", lambda: self._part.warm(key, response, now_ms))

    def purge(self, tag: str, now_ms: int) -> None:
        self._call(f"purge({tag!r}, {now_ms})", lambda: self._part.purge(tag, now_ms))

    def fetch(self, now_ms: int, key: str = KEY) -> int:
        """Ask for what nobody has, and be told to fetch it; the ticket."""
        found = self.ask(key, now_ms)
        self.told(isinstance(found, Fetch), "Fetch: there is no copy and nobody is asking", found)
        return int(found.ticket)

    def kept(self, now_ms: int, response: Response | None = None, key: str = KEY) -> None:
        """Fetch it and be answered."""
        ticket = self.fetch(now_ms, key)
        share = self.answer(ticket, response or _response(), now_ms)
        self.told(share is Share.ALL, "Share.ALL: it is public, and nothing has overtaken it", share)

    def told(self, condition: object, expected: str, happened: object) -> None:
        expect(
            condition,
            expected=expected,
            happened=f"the answer was {happened}",
            counterexample=", ".join(self.said[-7:]),
        )

    def _call(self, told: str, call: Callable[[], Any]) -> Any:
        self.said.append(told)
        return call()


@check(points=10, law=1, claim="A fresh copy is served without the origin, and none after its time",
       catches="a lifetime counted from the request; a copy that is served for ever", read=f"{PAGE}#laws")  # fmt: skip
def fresh_is_served(part: Any) -> None:
    edge = Edge(part)
    ticket = edge.fetch(0)
    edge.answer(ticket, _response(), 400)
    for now_ms in (400, 900, 400 + TTL_MS - 1):
        found = edge.ask(KEY, now_ms)
        edge.told(found == Serve(b"old", now_ms - 400), f"{Serve(b'old', now_ms - 400)}", found)
    found = edge.ask(KEY, 400 + TTL_MS + STALE_MS)
    edge.told(isinstance(found, Fetch), "Fetch: ttl_ms + stale_ms are over", found)


@check(points=10, law=2, claim="A stale copy is served at once, and one reader fetches",
       catches="readers that wait for a revalidation; every reader revalidating", read=f"{PAGE}#laws",
       after=fresh_is_served)  # fmt: skip
def stale_is_served(part: Any) -> None:
    edge = Edge(part)
    edge.kept(0)
    first = edge.ask(KEY, TTL_MS)
    edge.told(isinstance(first, Serve) and first.ticket is not None, "Serve with a ticket: it is stale now", first)
    for now_ms in (TTL_MS, TTL_MS + 1, TTL_MS + 100):
        found = edge.ask(KEY, now_ms)
        edge.told(isinstance(found, Serve) and found.ticket is None, "Serve without one: somebody is fetching", found)
    edge.answer(first.ticket, _response("new"), TTL_MS + 100)
    found = edge.ask(KEY, TTL_MS + 101)
    edge.told(found == Serve(b"new", 1), f"{Serve(b'new', 1)}", found)


@check(points=15, law=3, claim="A thousand who miss at once are one request to the origin",
       catches="no coalescing; a fetch that is joined for ever", read=f"{PAGE}#laws")  # fmt: skip
def misses_are_joined(part: Any) -> None:
    edge = Edge(part)
    ticket = edge.fetch(0)
    for number in range(1_000):
        found = edge.ask(KEY, number)
        edge.told(found == Join(ticket), f"{Join(ticket)}: it is being fetched", found)
    other = edge.ask("page/8", 1_000)
    edge.told(isinstance(other, Fetch) and other.ticket != ticket, "Fetch, with a ticket of its own", other)
    found = edge.ask(KEY, FETCH_TIMEOUT_MS - 1)
    edge.told(found == Join(ticket), f"{Join(ticket)}: it may still come", found)
    found = edge.ask(KEY, FETCH_TIMEOUT_MS)
    edge.told(isinstance(found, Fetch) and found.ticket != ticket, "Fetch: the other was given up", found)
    share = edge.answer(ticket, _response(), FETCH_TIMEOUT_MS + 1)
    edge.told(share is Share.AGAIN, "Share.AGAIN: that ticket is closed", share)
    again = edge.ask(KEY, FETCH_TIMEOUT_MS + 2)
    edge.told(again == Join(found.ticket), f"{Join(found.ticket)}: what came late is not kept", again)
    edge.answer(found.ticket, _response("new"), FETCH_TIMEOUT_MS + 3)
    share = edge.answer(found.ticket, _response("twice"), FETCH_TIMEOUT_MS + 4)
    edge.told(share is Share.AGAIN, "Share.AGAIN: it was answered before", share)
    last = edge.ask(KEY, FETCH_TIMEOUT_MS + 4)
    edge.told(isinstance(last, Serve) and last.body == b"new", "the first answer, b'new'", last)


@check(points=10, law=4, claim="A purge takes away what carries the tag, and nothing else",
       catches="a purge by key; a purge of everything; a stale copy after a purge", read=f"{PAGE}#laws",
       after=stale_is_served)  # fmt: skip
def a_purge_takes_away(part: Any) -> None:
    edge = Edge(part)
    edge.kept(0, _response(tags=(TAG, "tweet:1")))
    edge.kept(0, _response("both", tags=("tweet:1",)), "tweet/1")
    edge.kept(0, _response("other", tags=("user:8",)), "page/8")
    edge.purge("tweet:1", 10)
    for key in (KEY, "tweet/1"):
        found = edge.ask(key, 20)
        edge.told(isinstance(found, Fetch), "Fetch: what it shows has changed", found)
    found = edge.ask("page/8", 20)
    edge.told(found == Serve(b"other", 20), "page/8 is still there: it has another tag", found)
    stale = Edge(part)
    stale.kept(0)
    stale.purge(TAG, TTL_MS + 1)
    found = stale.ask(KEY, TTL_MS + 2)
    stale.told(isinstance(found, Fetch), "Fetch: a stale copy is purged too", found)
    stale.purge("nobody:1", TTL_MS + 3)
    retagged = Edge(part)
    retagged.kept(0)
    ticket = retagged.ask(KEY, TTL_MS).ticket
    retagged.answer(ticket, _response("new", tags=("user:8",)), TTL_MS)
    retagged.purge(TAG, TTL_MS + 1)
    found = retagged.ask(KEY, TTL_MS + 2)
    retagged.told(found == Serve(b"new", 2), "b'new', which no longer carries that tag", found)


@check(points=15, law=4, claim="A purge during a fetch does not resurrect the old copy",
       catches="an answer that is kept although a purge has overtaken it", read=f"{PAGE}#laws",
       after=a_purge_takes_away)  # fmt: skip
def a_purge_overtakes(part: Any) -> None:
    edge = Edge(part)
    ticket = edge.fetch(0)
    edge.purge(TAG, 50)
    edge.purge("user:8", 60)
    share = edge.answer(ticket, _response("old"), 100)
    edge.told(share is Share.AGAIN, "Share.AGAIN: the origin may have read before the change", share)
    found = edge.ask(KEY, 101)
    edge.told(isinstance(found, Fetch), "Fetch: the old copy must not come back", found)
    edge.answer(found.ticket, _response("new"), 150)
    kept = edge.ask(KEY, 151)
    edge.told(kept == Serve(b"new", 1), "b'new': its fetch began after the purge", kept)
    stale = edge.ask(KEY, 150 + TTL_MS)
    edge.purge(TAG, 160 + TTL_MS)
    edge.answer(stale.ticket, _response("older"), 170 + TTL_MS)
    found = edge.ask(KEY, 171 + TTL_MS)
    edge.told(isinstance(found, Fetch), "Fetch: that revalidation began before the purge", found)
    other = Edge(part)
    ticket = other.fetch(0)
    other.purge("user:8", 50)
    share = other.answer(ticket, _response(), 100)
    other.told(share is Share.ALL, "Share.ALL: the purge was of another tag", share)
    long_ago = Edge(part)
    long_ago.purge(TAG, 0)
    long_ago.kept(1)


@check(points=15, law=5, claim="What is private is never kept and never shared",
       catches="one person's page shown to another", read=f"{PAGE}#laws", after=stale_is_served)  # fmt: skip
def private_stays_private(part: Any) -> None:
    edge = Edge(part)
    ticket = edge.fetch(0)
    edge.ask(KEY, 1)
    share = edge.answer(ticket, _response("for me", is_private=True), 10)
    edge.told(share is Share.NOBODY, "Share.NOBODY: it was meant for one", share)
    found = edge.ask(KEY, 11)
    edge.told(isinstance(found, Fetch), "Fetch: it was not kept", found)
    warmed = Edge(part)
    warmed.warm(KEY, _response("for me", is_private=True), 0)
    found = warmed.ask(KEY, 1)
    warmed.told(isinstance(found, Fetch), "Fetch: not by warming either", found)
    was_public = Edge(part)
    was_public.kept(0)
    stale = was_public.ask(KEY, TTL_MS)
    was_public.answer(stale.ticket, _response("for me", is_private=True), TTL_MS + 1)
    found = was_public.ask(KEY, TTL_MS + 2)
    was_public.told(isinstance(found, Fetch), "Fetch: the page is private now, and the public copy must go", found)


@check(points=10, law=6, claim="A failed fetch is not an answer",
       catches="errors that are cached; a stale copy thrown away because the origin is down", read=f"{PAGE}#laws",
       after=stale_is_served)  # fmt: skip
def failures_are_not_kept(part: Any) -> None:
    edge = Edge(part)
    ticket = edge.fetch(0)
    edge.failed(ticket, 10)
    found = edge.ask(KEY, 11)
    edge.told(isinstance(found, Fetch) and found.ticket != ticket, "Fetch: the last one failed", found)
    edge.answer(found.ticket, _response(), 20)
    stale = edge.ask(KEY, 20 + TTL_MS)
    edge.failed(stale.ticket, 30 + TTL_MS)
    found = edge.ask(KEY, 31 + TTL_MS)
    edge.told(isinstance(found, Serve) and found.body == b"old", "the stale copy: it is good for longer", found)
    edge.told(found.ticket is not None, "a ticket: nobody is fetching now", found)
    edge.failed(999, 32 + TTL_MS)


def _traffic(seed: int, count: int) -> Iterator[tuple[str, int]]:
    """Zipf readers, and a crawler who looks at each page once."""
    chance, crawled = Random(seed), 0
    for number in range(count):
        if number % 4 == 0:
            crawled += 1
            yield f"crawled/{crawled}", number
        else:
            yield f"page/{int(2_000 ** chance.random())}", number


def _lru_hits(capacity: int, seed: int, count: int) -> int:
    held: OrderedDict[str, None] = OrderedDict()
    hits = 0
    for key, _ in _traffic(seed, count):
        hits += key in held
        held[key] = None
        held.move_to_end(key)
        if len(held) > capacity:
            held.popitem(last=False)
    return hits


@check(points=10, law=7, claim="It beats LRU of the same size on Zipf traffic with scans",
       catches="no admission: what is asked for once pushes out what is asked for often", read=f"{PAGE}#laws",
       after=fresh_is_served)  # fmt: skip
def it_beats_lru(part: Any, seed: int = 0) -> None:
    capacity, count = 60, 12_000
    edge, hits = part(capacity), 0
    for key, now_ms in _traffic(seed, count):
        found = edge.ask(key, now_ms)
        hits += isinstance(found, Serve)
        if isinstance(found, Fetch):
            edge.answer(found.ticket, Response(b"x", ttl_ms=10**9), now_ms)
    lru = _lru_hits(capacity, seed, count)
    expect(
        hits >= 1.1 * lru,
        expected=f"at least a tenth more hits than the {lru:,} of LRU",
        happened=f"there were {hits:,}",
        counterexample=f"{count:,} requests, three of four Zipf over 2,000 pages, every fourth a crawler's; {capacity} copies",
    )


@check(points=5, law=7, claim="Never more than capacity copies",
       catches="a cache without a bound; warming past it", read=f"{PAGE}#laws", after=it_beats_lru)  # fmt: skip
def the_size_is_bounded(part: Any) -> None:
    for how in ("answered", "warmed"):
        edge = part(5)
        for number in range(50):
            response = Response(b"x", ttl_ms=10**9, stale_ms=0)
            if how == "warmed":
                edge.warm(f"page/{number}", response, number)
            else:
                for _ in range(1 + number):
                    found = edge.ask(f"page/{number}", number)
                    if isinstance(found, Fetch):
                        edge.answer(found.ticket, response, number)
        held = sum(isinstance(edge.ask(f"page/{number}", 50), Serve) for number in range(50))
        expect(0 < held <= 5, expected="1 to 5 of 50 pages served from an edge of 5",
               happened=f"{held} were", counterexample=f"50 pages {how}, then each asked for")  # fmt: skip
    full = Edge(part, 5)
    for number in range(5):
        full.kept(0, Response(b"x", ttl_ms=10**9), f"page/{number}")
        full.ask(f"page/{number}", 1)
    full.warm("popular", Response(b"x", ttl_ms=10**9), 2)
    found = full.ask("popular", 3)
    full.told(isinstance(found, Serve), "Serve: what is warmed will be asked for often, and comes in", found)
