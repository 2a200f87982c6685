"""What an onlooker sees of a regional run, once a virtual second: one event `regions` with all its gauges.

    continents: by name
        served_per_s, failing_per_s, first_percent   requests that people meant to make in the second that began
                                                     `SETTLED_S` ago, and so are decided: served in time, not served,
                                                     served at the first try
        city                          where its machines stand
        home_ms_p50, home_ms_p99      home reads that came back in the last `WINDOW` seconds, from intended start
        served_by                     share in % of the last second's answers by the continent they came from
        edge_hit_percent              public pages that its edge answered itself, of those of the last `WINDOW` seconds
        machines                      by name: up, down, paused; `shards` by name: requests a second
    links: one row a pair: [one, other, state, round trip in ms, lag in ms of the other, lag in ms of the one]

The state of a link is that of the cables between shards of the same name: up, slow (a fault delays messages), lossy,
one way (cut in one direction), partly (some are cut), cut. The round trip is the median that shards measured with
their replication messages in the last second. Lag is that of `platform/regional/lag.py`, the worst of all shards.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import combinations
from math import ceil
from typing import Any

from twitterlab.platform.regional.layout import Layout, machine
from twitterlab.stage.regional.machines import Machines
from twitterlab.stage.regional.seconds import Seconds
from twitterlab.world.links import Impairment
from twitterlab.world.sim import SimWorld

SETTLED_S = 3
"""A request is decided within 2 s."""
WINDOW = 3
NS_PER_MS = 1_000_000


class Watching:
    """Looks at one run and changes nothing in it. `look` once a second."""

    def __init__(self, world: SimWorld, machines: Machines) -> None:
        self._world, self._machines = world, machines
        self._counts: dict[str, int] = {}
        self._homes: dict[str, deque[list[int]]] = {}
        self._pages: dict[str, deque[tuple[int, int]]] = {}

    def look(self, layout: Layout, by_continent: dict[str, Seconds]) -> dict[str, Any]:
        """Write the gauges to the trace; and give them."""
        second = self._world.stopwatch_ns() // 1_000_000_000 - SETTLED_S
        continents = {name: self._continent(name, layout, seconds, second) for name, seconds in by_continent.items()}
        gauges = {"continents": continents, "links": self._links(layout)}
        self._world.emit("regions", **gauges)
        return gauges

    def _continent(self, name: str, layout: Layout, seconds: Seconds, second: int) -> dict[str, Any]:
        city = next(each.region for each in layout.continents if each.name == name)
        return {
            "city": city, **_decided(seconds, second), **self._waits(name, seconds), "served_by": self._served_by(name),
            "edge_hit_percent": self._hits(name),
            "machines": {each: self._world.nodes[machine(name, each)].state for each in layout.machines},
            "shards": {
                member.name: self._risen(machine(name, member.name), self._shard_served(name, member.name))
                for member in layout.members
            },
        }  # fmt: skip

    def _waits(self, name: str, seconds: Seconds) -> dict[str, Any]:
        """Of the home reads that came back lately."""
        homes = self._homes.setdefault(name, deque(maxlen=WINDOW))
        homes.append(list(seconds.recent))
        seconds.recent.clear()
        waits = sorted(wait for each in homes for wait in each)
        return {"home_ms_p50": _rank_ms(waits, 0.5), "home_ms_p99": _rank_ms(waits, 0.99)}

    def _served_by(self, name: str) -> dict[str, float]:
        answered = self._machines.routers[name].answered
        fresh = {where: self._risen(f"{name} by {where}", count) for where, count in answered.items()}
        total = sum(fresh.values())
        return {where: round(100 * count / total, 1) for where, count in fresh.items()} if total else {}

    def _hits(self, name: str) -> float | None:
        edge = self._machines.edges.get(machine(name, "e1"))
        asked, hits = (0, 0) if edge is None else (edge.asked, edge.hits)
        pages = self._pages.setdefault(name, deque(maxlen=WINDOW))
        pages.append((self._risen(f"{name} asked", asked), self._risen(f"{name} hits", hits)))
        total = sum(each for each, _ in pages)
        return round(100 * sum(hit for _, hit in pages) / total, 1) if total else None

    def _shard_served(self, continent: str, name: str) -> int:
        shard = self._machines.shards.get(machine(continent, name))
        return 0 if shard is None else shard.served

    def _risen(self, name: str, count: int) -> int:
        """By how much a counter rose since the last look; from 0 where its machine has begun anew."""
        before = self._counts.get(name, 0)
        self._counts[name] = count
        return count - before if count >= before else count

    def _links(self, layout: Layout) -> list[list[Any]]:
        lags, trips = self._lags(layout)
        return [
            [one, other, self._state(one, other, layout), _median_ms([*trips[one, other], *trips[other, one]]),
             _ms(lags[one, other]), _ms(lags[other, one])]
            for one, other in combinations([each.name for each in layout.continents], 2)
        ]  # fmt: skip

    def _lags(self, layout: Layout) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], list[int]]]:
        """From a continent to another, in nanoseconds: what its shards wait for, and the round trips they measured."""
        pairs = [(one.name, other.name) for one in layout.continents for other in layout.continents]
        lags, trips = dict.fromkeys(pairs, 0), {pair: list[int]() for pair in pairs}
        for address, shard in self._machines.shards.items():
            if self._world.nodes[address].process is None:
                continue
            here = address.partition("-")[0]
            for peer, lag_ns in shard.lag.look().items():
                pair = here, peer.partition("-")[0]
                lags[pair] = max(lags[pair], lag_ns)
            for peer, trip_ns in shard.lag.round_trips_ns().items():
                trips[here, peer.partition("-")[0]].append(trip_ns)
        return lags, trips

    def _state(self, one: str, other: str, layout: Layout) -> str:
        there, back = (
            [list(self._impairments(machine(start, each.name), machine(end, each.name))) for each in layout.members]
            for start, end in ((one, other), (other, one))
        )
        cut = [sum(any(each.is_cut for each in cable) for cable in way) for way in (there, back)]
        if all(count == len(layout.members) for count in cut):
            return "cut"
        if any(count == len(layout.members) for count in cut) and not all(cut):
            return "one way"
        found = [each for way in (there, back) for cable in way for each in cable]
        if any(each.is_cut for each in found):
            return "partly"
        if any(each.loss for each in found):
            return "lossy"
        return "slow" if any(each.delay_ms for each in found) else "up"

    def _impairments(self, source: str, target: str) -> Iterator[Impairment]:
        link = self._world.network.opened(source, target)
        if link is not None:
            yield from link.impairments


def nothing_yet(layout: Layout) -> dict[str, Any]:
    """The gauges before anything was measured: where the continents are."""
    return {"continents": {each.name: {"city": each.region} for each in layout.continents}, "links": []}


def _decided(seconds: Seconds, second: int) -> dict[str, Any]:
    """Of the requests of one second; nothing before the first and after the last."""
    if not 0 <= second < len(seconds.begun) or not seconds.begun[second]:
        return {"served_per_s": 0, "failing_per_s": 0, "first_percent": None}
    begun, served, first = (each[second] for each in (seconds.begun, seconds.served, seconds.first))
    return {"served_per_s": served, "failing_per_s": begun - served, "first_percent": round(100 * first / begun, 1)}


def _rank_ms(ordered: list[int], q: float) -> float | None:
    """Nearest rank; None when empty."""
    return _ms(ordered[max(1, ceil(q * len(ordered))) - 1]) if ordered else None


def _median_ms(values: Iterable[int]) -> float | None:
    return _rank_ms(sorted(values), 0.5)


def _ms(duration_ns: int) -> float:
    return round(duration_ns / NS_PER_MS, 1)
