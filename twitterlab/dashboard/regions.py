"""Regions: what the events `regions` of a run on several continents say, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

MOST_KEPT = 512
"""Moments in a history; a longer run is kept at half the resolution, and half of that."""
FRESH = 0.3
"""What the last second counts for in a shard's load; the rest is what it was before."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard of a region. `load_per_s` is smoothed."""

    name: str
    load_per_s: float
    is_up: bool


@dataclass(frozen=True, slots=True)
class Region:
    """A continent at one moment; NaN where nobody measured."""

    name: str
    city: str = ""
    served_per_s: float = nan
    failing_per_s: float = nan
    first_percent: float = nan
    p50_ms: float = nan
    p99_ms: float = nan
    edge_hit_percent: float = nan
    served_by: tuple[tuple[str, float], ...] = ()
    machines: tuple[tuple[str, str], ...] = ()
    shards: tuple[Shard, ...] = ()

    @property
    def is_dark(self) -> bool:
        """Not one machine is up."""
        return bool(self.machines) and all(state == "down" for _, state in self.machines)

    @property
    def served_mostly_by(self) -> str:
        """Where most answers came from in the last second; empty where there were none."""
        return max(self.served_by, key=lambda share: share[1])[0] if self.served_by else ""


@dataclass(frozen=True, slots=True)
class Link:
    """The cables between two continents. `there_ms` is how far `other` is behind `one`, `back_ms` the reverse."""

    one: str
    other: str
    state: str
    round_trip_ms: float
    there_ms: float
    back_ms: float

    @property
    def lag_ms(self) -> float:
        """The longer of both ways."""
        return max(self.there_ms, self.back_ms)


@dataclass(frozen=True, slots=True)
class Waits:
    """The 99th percentile of each region over the run, evenly thinned: (nanoseconds, by name)."""

    kept: tuple[tuple[int, Mapping[str, float]], ...] = ()
    stride: int = 1
    seen: int = 0

    def plus(self, at_ns: int, regions: Sequence[Region]) -> Waits:
        """One moment more."""
        kept, stride = self.kept, self.stride
        if self.seen % stride == 0:
            kept = (*kept, (at_ns, {region.name: region.p99_ms for region in regions}))
            if len(kept) > MOST_KEPT:
                kept, stride = kept[::2], stride * 2
        return Waits(kept, stride, self.seen + 1)

    def series(self, name: str) -> tuple[tuple[float, float], ...]:
        """(seconds, ms) of one region, where it was measured."""
        points = ((at_ns / 1e9, by_name.get(name, nan)) for at_ns, by_name in self.kept)
        return tuple((at_s, ms) for at_s, ms in points if ms == ms)


NO_WAITS = Waits()


def regions_of(fields: Mapping[str, Any], before: Sequence[Region]) -> tuple[Region, ...]:
    """The regions of an event, in its order; `before` are those of the last one."""
    known = {region.name: region for region in before}
    continents = fields.get("continents")
    if not isinstance(continents, Mapping):
        return ()
    return tuple(_region(name, said, known.get(name)) for name, said in continents.items() if isinstance(said, Mapping))


def links_of(fields: Mapping[str, Any]) -> tuple[Link, ...]:
    """The links of an event."""
    rows = fields.get("links")
    if not isinstance(rows, list | tuple):
        return ()
    return tuple(
        Link(str(row[0]), str(row[1]), str(row[2]), *map(_number, row[3:6]))
        for row in rows
        if isinstance(row, list | tuple) and len(row) == 6
    )


def _region(name: str, said: Mapping[str, Any], before: Region | None) -> Region:
    machines = _table(said, "machines")
    loads = {shard.name: shard.load_per_s for shard in before.shards} if before else {}
    return Region(
        name, str(said.get("city", "")), _number(said.get("served_per_s")), _number(said.get("failing_per_s")),
        _number(said.get("first_percent")), _number(said.get("home_ms_p50")), _number(said.get("home_ms_p99")),
        _number(said.get("edge_hit_percent")),
        tuple((where, _number(percent)) for where, percent in _table(said, "served_by").items()),
        tuple((each, str(state)) for each, state in machines.items()),
        tuple(
            Shard(each, _smooth(loads.get(each), _number(per_s)), machines.get(each) == "up")
            for each, per_s in _table(said, "shards").items()
        ),
    )  # fmt: skip


def _smooth(before: float | None, now: float) -> float:
    return now if before is None else (1 - FRESH) * before + FRESH * now


def _table(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = said.get(name)
    return found if isinstance(found, Mapping) else {}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else nan
