"""What lab f on real servers comes to: figures and plots of three caches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import nan

from twitterlab.bench.finding import Finding
from twitterlab.bench.histogram import Histogram
from twitterlab.bench.plots import Line, Plot
from twitterlab.model.figure import Figure
from twitterlab.stage.regional.live.envoy.cache_trials import Private, Race, Stampede, Traffic
from twitterlab.stage.regional.live.envoy.ejection_figures import live
from twitterlab.stage.regional.live.envoy.origin import ANSWERS_MS

LABELS = {"part": "the part", "envoy": "Envoy cache", "envoy_v2": "Envoy cache_v2", "nginx": "nginx"}
QUESTION = (
    "A page that nobody has a copy of, and a thousand readers at the same moment. How many requests does the origin see "
    "behind your edge, behind Envoy's HTTP cache, and behind the one that came after it?"
)
CHOICES = (
    "one each: that is what a cache is for",
    "a thousand each: nobody has a copy yet",
    "one behind yours, a thousand behind the older one, one behind the newer",
)


@dataclass(slots=True)
class Measured:
    """One cache's results."""

    name: str
    traffic: Traffic = field(default_factory=Traffic)
    cold: Stampede = field(default_factory=lambda: Stampede(0, 0, ()))
    aged: Stampede = field(default_factory=lambda: Stampede(0, 0, ()))
    race: Race = field(default_factory=lambda: Race(0, 0, 0.0))
    private: Private = field(default_factory=lambda: Private(0, 0, 0))
    served_while_down: float = nan


def finding(measured: Sequence[Measured]) -> Finding:
    """All of it."""
    figures = [figure for one in measured for figure in _of(one)]
    cold = ", ".join(f"{LABELS[one.name]} {one.cold.origin:,}" for one in measured)
    old = ", ".join(f"{LABELS[one.name]} {one.race.old} of {one.race.reads}" for one in measured)
    answer = (
        f"Requests to the origin from {measured[0].cold.readers:,} readers at once: {cold}. Old pages read by who asked "
        f"after a change that came during a fetch: {old}; who has no purge keeps them until they expire."
    )
    return Finding(QUESTION, CHOICES, None, answer, tuple(figures), _plots(measured))


def _of(one: Measured) -> Iterator[Figure]:
    yield from _of_traffic(one.name, one.traffic)
    for what, stampede in (("stampede", one.cold), ("revalidation", one.aged)):
        waits = _waits(took_ns for took_ns in stampede.took_ns if took_ns >= 0)
        note = (
            f"live; of {stampede.readers:,} readers at once, {'nobody has it' if what == 'stampede' else 'it is stale'}"
        )
        yield live(f"{one.name}_{what}_origin_requests", "requests", stampede.origin, note)
        yield live(f"{one.name}_{what}_p50_ms", "ms", waits.quantile_ms(0.5), "live; the origin takes 600 ms over it")
        yield live(f"{one.name}_{what}_p99_ms", "ms", waits.quantile_ms(0.99), "live")
        yield live(f"{one.name}_{what}_failed", "requests", stampede.readers - waits.count, "live")
    race = one.race
    yield live(
        f"{one.name}_stale_after_purge", "pages", race.old,
        f"live; of {race.reads} read by who asked after the change{'' if one.name == 'part' else '; it has no purge'}",
    )  # fmt: skip
    yield live(f"{one.name}_stale_for_s", "s", race.old_for_s, "live; after the change, the longest")
    private = one.private
    yield live(f"{one.name}_private_leaks", "pages", private.leaked, f"live; of {private.reads} private answers")
    yield live(f"{one.name}_private_origin_requests", "requests", private.origin, "live; none may be answered for it")
    slow = _waits(iter(private.took_ns)).quantile_ms(0.99)
    note = "live; ten readers of each page at once; the origin takes 100 ms"
    yield live(f"{one.name}_private_p99_ms", "ms", slow, note)
    yield live(
        f"{one.name}_served_while_down", "%", one.served_while_down, "live; stale pages, their origin killed"
    )  # fmt: skip


def _of_traffic(name: str, traffic: Traffic) -> Iterator[Figure]:
    reads, origin = traffic.reads, traffic.origin[-1] if traffic.origin else 0
    waits = _waits(read.took_ns for read in reads if read.version is not None)
    old = sum(read.is_old for read in reads)
    yield live(
        f"{name}_hit_ratio", "%", 100 * (1 - origin / len(reads)) if reads else nan,
        f"live; {len(reads):,} reads that were not a request to the origin",
    )  # fmt: skip
    note = f"live; refreshes included; {traffic.unchanged:,} were answered without a page (304)"
    yield live(f"{name}_origin_requests", "requests", origin, note)
    waited = sum(read.took_ns >= 1e6 * ANSWERS_MS for read in reads)
    yield live(
        f"{name}_waited", "%", 100 * waited / len(reads) if reads else nan, "live; reads as long as a fetch, or longer"
    )
    yield live(f"{name}_p50_ms", "ms", waits.quantile_ms(0.5), "live; from intended start")
    yield live(f"{name}_p99_ms", "ms", waits.quantile_ms(0.99), "live; the origin takes 30 ms")
    yield live(f"{name}_failed", "requests", len(reads) - waits.count, "live")
    yield live(
        f"{name}_stale_pages", "%", 100 * old / len(reads) if reads else nan, "live; older than a change known before"
    )


def _waits(took_ns: Iterator[int]) -> Histogram:
    found = Histogram()
    for one in took_ns:
        found.record(one)
    return found


def _plots(measured: Sequence[Measured]) -> tuple[Plot, ...]:
    rates, old = [], []
    for one in measured:
        traffic = one.traffic
        rate = tuple(float(after - before) for before, after in pairwise((0, *traffic.origin[:-1])))
        seconds = tuple(second + 0.5 for second in range(len(rate)))
        rates.append(Line(LABELS[one.name], seconds, rate))
        reads, stale = [0] * len(rate), [0] * len(rate)
        for read in traffic.reads:
            second = (read.at_ns - traffic.started_ns) // 1_000_000_000
            if 0 <= second < len(reads):
                reads[second] += 1
                stale[second] += read.is_old
        share = tuple(100 * n / of if of else nan for n, of in zip(stale, reads, strict=True))
        old.append(Line(LABELS[one.name], seconds, share))
    bars = tuple(Line(LABELS[one.name], (0.0,), (float(one.cold.origin),)) for one in measured)
    readers = measured[0].cold.readers
    return (
        Plot("Requests to the origin by second", "seconds", "requests a second", tuple(rates)),
        Plot("Pages older than a change, by second", "seconds", "% of reads", tuple(old)),
        Plot(f"Requests to the origin from {readers:,} readers of one page at once", "", "requests", bars, kind="bar"),
    )
