"""Lab f: what an edge keeps from the origin, and what a storm of purges does to it."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from twitterlab.bench.finding import Finding
from twitterlab.bench.plots import Line, Plot
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.edge_cache import STALE_MS, TTL_MS, EdgeCache, Fetch, Response, Serve
from twitterlab.stage.regional.judging import figure
from twitterlab.world.chance import SeededChance

REQUESTS, PAGES, CAPACITY = 120_000, 20_000, 500
PER_MS, FETCH_MS = 2, 100
SCAN_EVERY, STORM = 5, range(30_000, 40_000)
"""Every fifth request is a crawler's, who asks for each page once; a storm purges a popular page every 20 ms."""
WINDOW_MS = 1_000


class Keeps(Protocol):
    """A cache that is tried: whether a request is answered without the origin."""

    def ask(self, page: int, now_ms: int) -> bool: ...

    def purge(self, page: int, now_ms: int) -> None: ...


class Lru:
    """The same size, the same lifetimes, one fetch a page as well; but everybody comes in, and whoever was asked for
    longest ago goes. What differs is the door alone."""

    def __init__(self, capacity: int, ttl_ms: int, stale_ms: int) -> None:
        self._capacity, self._ttl_ms, self._stale_ms = capacity, ttl_ms, stale_ms
        self._since: OrderedDict[int, int] = OrderedDict()
        self._fetching: dict[int, int] = {}  # the page: when its answer comes; the first one first

    def ask(self, page: int, now_ms: int) -> bool:
        while self._fetching and (first := next(iter(self._fetching.items())))[1] <= now_ms:
            self._keep(*first)
        since_ms = self._since.get(page)
        is_joined = page in self._fetching
        age_ms = math.inf if since_ms is None else now_ms - since_ms
        if age_ms >= self._ttl_ms and not is_joined:
            self._fetching[page] = now_ms + FETCH_MS
        if age_ms < self._ttl_ms + self._stale_ms:
            self._since.move_to_end(page)
            return True
        return is_joined

    def purge(self, page: int, now_ms: int) -> None:
        self._since.pop(page, None)

    def _keep(self, page: int, at_ms: int) -> None:
        del self._fetching[page]
        self._since[page] = at_ms
        self._since.move_to_end(page)
        if len(self._since) > self._capacity:
            self._since.popitem(last=False)


class Part:
    """The part, with an origin that answers after `FETCH_MS`."""

    def __init__(self, make: Callable[[int], EdgeCache], capacity: int) -> None:
        self._edge = make(capacity)
        self._due: list[tuple[int, int, int]] = []
        self.fetched = 0

    def ask(self, page: int, now_ms: int) -> bool:
        while self._due and self._due[0][0] <= now_ms:
            at_ms, asked, which = self._due.pop(0)
            self._edge.answer(asked, Response(b"x", tags=(f"user:{which}",)), at_ms)
        found = self._edge.ask(f"page/{page}", now_ms)
        ticket = found.ticket if isinstance(found, Fetch | Serve) else None
        if ticket is not None:
            self.fetched += 1
            self._due.append((now_ms + FETCH_MS, ticket, page))
        return not isinstance(found, Fetch)

    def purge(self, page: int, now_ms: int) -> None:
        self._edge.purge(f"user:{page}", now_ms)


def run(blueprint: Blueprint, seed: int) -> Finding:
    """The same traffic on the part and on an LRU of its size."""
    part = Part(blueprint.edge_cache, CAPACITY)
    mine, lru = _hits(part, seed), _hits(Lru(CAPACITY, TTL_MS, STALE_MS), seed)
    ratio, plain = 100 * sum(mine) / REQUESTS, 100 * sum(lru) / REQUESTS
    windows = tuple(float(second) for second in range(REQUESTS // PER_MS // WINDOW_MS))
    return Finding(
        f"An edge of {CAPACITY} pages before {PAGES:,}, every fifth request a crawler's. Does it matter which page has "
        "to go?",
        ("no: what is popular is asked for again anyway", "a little", "yes: what is asked for once must not displace"),
        None,
        f"The edge answered {ratio:.1f} % itself, an LRU of the same size {plain:.1f} %. The origin had {part.fetched:,} "
        f"requests instead of {REQUESTS:,}.",
        (
            figure("edge_hits", "%", ratio),
            figure("lru_hits", "%", plain),
            figure("edge_hits_over_lru", "points", ratio - plain),
            figure("origin_requests", "%", 100 * part.fetched / REQUESTS),
        ),
        (
            Plot(
                "Hits by second; purges from 30 s to 40 s", "seconds", "% of requests",
                (Line("edge", windows, _by_window(mine)), Line("LRU", windows, _by_window(lru))),
                marks=((STORM.start / WINDOW_MS, ""), (STORM.stop / WINDOW_MS, "")),
            ),
        ),
    )  # fmt: skip


def _hits(keeps: Keeps, seed: int) -> list[bool]:
    chance, found, crawled = SeededChance(seed, "storm"), [], 0
    for number in range(REQUESTS):
        now_ms = number // PER_MS
        if now_ms in STORM and number % (20 * PER_MS) == 0:
            keeps.purge(_popular(chance), now_ms)
        if number % SCAN_EVERY == 0:
            crawled += 1
            page = PAGES + crawled % PAGES
        else:
            page = _popular(chance)
        found.append(keeps.ask(page, now_ms))
    return found


def _popular(chance: SeededChance) -> int:
    """By a Zipf law."""
    return int((PAGES + 1.0) ** chance.random() - 1.0)


def _by_window(hits: list[bool]) -> tuple[float, ...]:
    size = WINDOW_MS * PER_MS
    return tuple(100 * sum(hits[at : at + size]) / size for at in range(0, len(hits), size))
