"""What lab c on real servers comes to: figures and plots of three lanes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, nan

from twitterlab.bench.finding import Finding
from twitterlab.bench.histogram import Histogram
from twitterlab.bench.plots import Line, Plot
from twitterlab.model.figure import Figure
from twitterlab.stage.regional.live.envoy.backend import arrivals
from twitterlab.stage.regional.live.envoy.lanes import Asked, Lane
from twitterlab.stage.regional.live.envoy.phases import ILL, SICK, Span

ENGINE = "real servers on this machine"
LABELS = {"envoy": "Envoy", "part": "the part", "round_robin": "round robin"}
QUESTION = (
    "One of five backends turns ten times as slow, and makes no error. Three balancers know it only by its answers: Envoy "
    "with outlier detection, your balancer, and round robin, which knows nothing. Whose people notice?"
)
CHOICES = (
    "round robin's only: both others eject it within a second",
    "round robin's and Envoy's: it counts errors, and a slow answer is one only when its time is over",
    "everybody's: a slow answer is not an error",
)


def live(name: str, unit: str, measured: float, note: str = "") -> Figure:
    """One figure that was measured on real servers."""
    return Figure(name, unit, float(measured), "live", ENGINE, note=note)


def finding(lanes: Sequence[Lane], spans: Sequence[Span]) -> Finding:
    """All of it. `spans` are the phases in order."""
    figures = [figure for lane in lanes for figure in _of_lane(lane, spans)]
    slow = next(span for span in spans if span.name == "slow")
    healthy = spans[0]
    told = "; ".join(
        f"{LABELS[lane.name]}: {_latency(lane, healthy).quantile_ms(0.99):.0f} ms before, "
        f"{_latency(lane, slow).quantile_ms(0.99):.0f} ms while it was slow, {_ejected(lane, slow)}"
        for lane in lanes
    )
    return Finding(QUESTION, CHOICES, None, f"At the 99th percentile {told}.", tuple(figures), _plots(lanes, spans))


def _of_lane(lane: Lane, spans: Sequence[Span]) -> Iterator[Figure]:
    name = lane.name
    whole = [asked for span in spans for asked in _in(lane, span)]
    yield live(f"{name}_served", "%", _served(whole), f"live; of {len(whole):,} requests, within 1 s")
    yield live(f"{name}_load_max_over_mean", "", _imbalance(lane, spans[0]), "live; arrivals at backends, all healthy")
    for span in spans:
        latency = _latency(lane, span)
        yield live(f"{name}_p50_ms_{span.name}", "ms", latency.quantile_ms(0.5), "live; from intended start")
        yield live(f"{name}_p99_ms_{span.name}", "ms", latency.quantile_ms(0.99), f"live; {latency.count:,} requests")
    for span in spans:
        if span.name in ILL:
            yield from _of_illness(lane, span)


def _of_illness(lane: Lane, span: Span) -> Iterator[Figure]:
    name, sick = lane.name, span.phase.sick
    out_ns = ejected_ns(lane, span)
    why = next((turn.why for turn in lane.turns if turn.at_ns == out_ns), "")
    seen = arrivals(lane.backends[sick].folder)
    note = "live; never ejected" if out_ns is None else f"live; {why}" if why else "live; it was out already"
    yield live(f"{name}_served_{span.name}", "%", _served(_in(lane, span)), "live; within 1 s, whichever try")
    yield live(f"{name}_eject_s_{span.name}", "s", nan if out_ns is None else (out_ns - span.from_ns) / 1e9, note)
    yield live(
        f"{name}_return_s_{span.name}", "s", _return_s(lane, span), "live; from when it was well; 0 if it was not out"
    )
    if span.name == "killed":
        return  # nothing arrives there
    share = 100 * sum(map(span.has, seen)) / max(1, len(_in(lane, span)))
    yield live(f"{name}_sick_share_{span.name}", "%", share, "live; arrivals there, of requests")
    probes = nan if out_ns is None else sum(out_ns <= at_ns < span.until_ns for at_ns in seen)
    yield live(f"{name}_probes_{span.name}", "requests", probes, "live; arrivals there after it was ejected first")


def ejected_ns(lane: Lane, span: Span) -> int | None:
    """When the sick backend of a phase was first out in it; None if never."""
    if _is_out(lane, span.phase.sick, span.from_ns):
        return span.from_ns
    turns = (turn.at_ns for turn in lane.turns if turn.name == span.phase.sick and turn.is_out and span.has(turn.at_ns))
    return min(turns, default=None)


def _return_s(lane: Lane, span: Span) -> float:
    """From the end of its illness until it was back for good before the next; NaN if it never came back."""
    if not _is_out(lane, span.phase.sick, span.until_ns):
        return 0.0
    back = (
        turn.at_ns
        for turn in lane.turns
        if turn.name == span.phase.sick and not turn.is_out and turn.at_ns >= span.until_ns
    )
    at_ns = min(back, default=None)
    return nan if at_ns is None else (at_ns - span.until_ns) / 1e9


def _is_out(lane: Lane, name: str, at_ns: int) -> bool:
    before = [turn for turn in lane.turns if turn.name == name and turn.at_ns <= at_ns]
    return bool(before) and max(before, key=lambda turn: turn.at_ns).is_out


def _ejected(lane: Lane, span: Span) -> str:
    out_ns = ejected_ns(lane, span)
    return "never ejected" if out_ns is None else f"ejected after {(out_ns - span.from_ns) / 1e9:.1f} s"


def _in(lane: Lane, span: Span) -> list[Asked]:
    return [asked for asked in lane.asked if span.has(asked.at_ns)]


def _served(asked: Sequence[Asked]) -> float:
    return 100 * sum(one.is_served for one in asked) / len(asked) if asked else nan


def _latency(lane: Lane, span: Span) -> Histogram:
    found = Histogram()
    for asked in _in(lane, span):
        found.record(asked.took_ns)
    return found


def _imbalance(lane: Lane, span: Span) -> float:
    """Arrivals at the busiest backend against their mean."""
    counts = [sum(map(span.has, arrivals(child.folder))) for child in lane.backends.values()]
    return max(counts) * len(counts) / sum(counts) if sum(counts) else nan


def _plots(lanes: Sequence[Lane], spans: Sequence[Span]) -> tuple[Plot, ...]:
    started_ns, until_ns = spans[0].from_ns, spans[-1].until_ns
    seconds = range(ceil((until_ns - started_ns) / 1e9))
    x = tuple(second + 0.5 for second in seconds)
    ill = ", ".join(
        f"{span.name} {(span.from_ns - started_ns) / 1e9:.0f} to {(span.until_ns - started_ns) / 1e9:.0f} s"
        for span in spans
        if span.name in ILL
    )
    slowest, shares = [], []
    for lane in lanes:
        waits = [Histogram() for _ in seconds]
        for asked in lane.asked:
            second = (asked.at_ns - started_ns) // 1_000_000_000
            if 0 <= second < len(waits):
                waits[second].record(asked.took_ns)
        slowest.append(Line(LABELS[lane.name], x, tuple(wait.quantile_ms(0.99) for wait in waits)))
        there = [0] * len(waits)
        for at_ns in arrivals(lane.backends[SICK].folder):
            second = (at_ns - started_ns) // 1_000_000_000
            if 0 <= second < len(there):
                there[second] += 1
        share = tuple(100 * n / wait.count if wait.count else nan for n, wait in zip(there, waits, strict=True))
        shares.append(Line(LABELS[lane.name], x, share))
    return (
        Plot(f"p99 by second; {ill}", "seconds", "ms, from intended start", tuple(slowest), log_y=True),
        Plot(f"Requests that arrive at {SICK}", "seconds", "% of all requests", tuple(shares), note=ill),
    )
