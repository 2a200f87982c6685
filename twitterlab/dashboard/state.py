"""What the dashboard shows, as a value: a pure step from one state and one event of the trace to the next state.

Nothing here knows a terminal. Whatever is kept is bounded: the last `MOST_LINES` lines of the log, the
`MOST_SLOW` slowest requests, a thinned history of the gauges.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite, nan
from typing import Any

from twitterlab.dashboard.lines import Line, line_of
from twitterlab.dashboard.regions import NO_WAITS, Link, Region, Waits, links_of, regions_of
from twitterlab.dashboard.requests import NO_BUCKET, Bucket, Request, request_of
from twitterlab.dashboard.samples import NO_SAMPLES, Samples, sample_of
from twitterlab.model.event import TraceEvent

MOST_LINES = 500
MOST_SLOW = 20
MOST_GAUGES = 64
TOO_MANY = ("dropped", "state")
"""What happens too often to be worth a line where there are regions: the fault that caused it has one."""


@dataclass(frozen=True, slots=True)
class PartShown:
    """A part in the list: whose it is, and how often it was called."""

    slot: str
    whose: str
    calls: int


@dataclass(frozen=True, slots=True)
class State:
    """Everything on the screen that comes from the run."""

    at_ns: int = 0
    step: str = ""
    share: float = 0.0
    operations: int = 0
    errors: int = 0
    run_ms_p99: float = nan
    samples: Samples = NO_SAMPLES
    slowest: tuple[Request, ...] = ()
    log: tuple[Line, ...] = ()
    log_dropped: int = 0
    parts: tuple[PartShown, ...] = ()
    breakable: tuple[str, ...] = ()
    targets: tuple[tuple[str, str, float], ...] = ()
    """(figure, comparison, bound) of what the week promises."""
    nodes: tuple[tuple[str, str], ...] = ()
    gauges: tuple[tuple[str, float], ...] = ()
    bucket: Bucket = NO_BUCKET
    has_pulse: bool = False
    regions: tuple[Region, ...] = ()
    links: tuple[Link, ...] = ()
    waits: Waits = NO_WAITS
    outcome: str = ""
    """How the run came out, empty while it runs."""


def reduce(state: State, event: TraceEvent) -> State:
    """The state after one event."""
    state = replace(state, at_ns=max(state.at_ns, event.at_ns))
    is_worth_a_line = not (state.regions and event.kind in TOO_MANY)
    if is_worth_a_line and (line := line_of(event)):
        state = _logged(state, line)
    if change := _CHANGES.get(event.kind):
        return change(state, event)
    request = request_of(event)
    return state if request is None else _answered(state, request)


def _pulse(state: State, event: TraceEvent) -> State:
    fields = event.fields
    return replace(
        state,
        has_pulse=True,
        samples=state.samples.plus(sample_of(event.at_ns, fields)),
        operations=_whole(fields.get("operations"), state.operations),
        errors=_whole(fields.get("errors"), state.errors),
        run_ms_p99=_number(fields.get("run_ms_p99"), state.run_ms_p99),
    )


def _regions(state: State, event: TraceEvent) -> State:
    """The gauges of a second. Who is served from somewhere else than before is worth a line."""
    regions = regions_of(event.fields, state.regions)
    before = {region.name: region.served_mostly_by or region.name for region in state.regions}
    for region in regions:
        now = region.served_mostly_by
        if now and now != before.get(region.name, region.name):
            mark = "+" if now == region.name else "!"
            state = _logged(state, Line(event.at_ns, mark, f"{region.name} is served by {now}"))
    return replace(
        state, has_pulse=True, regions=regions, links=links_of(event.fields),
        waits=state.waits.plus(event.at_ns, regions),
    )  # fmt: skip


def _slow(state: State, event: TraceEvent) -> State:
    fields = event.fields
    who = str(fields.get("user_id", ""))
    ms = _number(fields.get("ms"), 0.0)
    return _ranked(state, Request(event.at_ns, str(fields.get("what", "")), ms, bool(fields.get("ok", True)), who))


def _step(state: State, event: TraceEvent) -> State:
    share = _number(event.fields.get("share"), state.share)
    return replace(state, step=str(event.fields.get("text", "")), share=share)


def _progress(state: State, event: TraceEvent) -> State:
    return replace(state, share=_number(event.fields.get("share"), state.share))


def _parts(state: State, event: TraceEvent) -> State:
    """One field a slot: [whose, calls]."""
    rows = [(slot, said) for slot, said in event.fields.items() if isinstance(said, list | tuple) and len(said) == 2]
    return replace(state, parts=tuple(PartShown(slot, str(whose), _whole(calls, 0)) for slot, (whose, calls) in rows))


def _breakable(state: State, event: TraceEvent) -> State:
    what = event.fields.get("what")
    return replace(state, breakable=tuple(map(str, what)) if isinstance(what, list | tuple) else ())


def _targets(state: State, event: TraceEvent) -> State:
    """One field a figure: [comparison, bound]."""
    rows = [(name, said) for name, said in event.fields.items() if isinstance(said, list | tuple) and len(said) == 2]
    return replace(state, targets=tuple((name, str(sign), _number(bound, nan)) for name, (sign, bound) in rows))


def _node(state: State, event: TraceEvent) -> State:
    name = str(event.fields.get("node", ""))
    nodes = {**dict(state.nodes), name: str(event.fields.get("state", ""))}
    return replace(state, nodes=tuple(sorted(nodes.items())))


def _gauge(state: State, event: TraceEvent) -> State:
    name = f"{event.fields.get('node', '')} {event.fields.get('name', '')}".strip()
    gauges = {**dict(state.gauges), name: _number(event.fields.get("value"), nan)}
    return replace(state, gauges=tuple(sorted(gauges.items())[:MOST_GAUGES]))


def _outcome(state: State, event: TraceEvent) -> State:
    error = event.fields.get("error")
    said = str(event.fields.get("text") or (f"it broke: {error}" if error else "it ended"))
    return replace(state, outcome=said, share=1.0)


_CHANGES = {
    "pulse": _pulse,
    "regions": _regions,
    "slow": _slow,
    "step": _step,
    "progress": _progress,
    "parts": _parts,
    "breakable": _breakable,
    "targets": _targets,
    "state": _node,
    "gauge": _gauge,
    "outcome": _outcome,
}


def _answered(state: State, request: Request) -> State:
    """A request of the trace. Where there are pulses they measure, and it counts only among the slowest."""
    state = _ranked(state, request)
    if state.has_pulse:
        return state
    errors = state.errors + (not request.is_ok)
    bucket, samples = state.bucket, state.samples
    if not bucket.answered:
        bucket = Bucket(request.at_ns)
    elif bucket.is_over(request.at_ns):
        samples, bucket = samples.plus(bucket.sample(errors)), Bucket(request.at_ns)
    return replace(state, bucket=bucket.plus(request), samples=samples, errors=errors, operations=state.operations + 1)


def _ranked(state: State, request: Request) -> State:
    slowest = state.slowest
    if len(slowest) == MOST_SLOW and request.ms <= slowest[-1].ms:
        return state
    if any(one.ms == request.ms and one.who == request.who and one.what == request.what for one in slowest):
        return state  # told twice, as a request and as a slow one
    ordered = sorted((*slowest, request), key=lambda one: -one.ms)
    return replace(state, slowest=tuple(ordered[:MOST_SLOW]))


def _logged(state: State, line: Line) -> State:
    log = (*state.log, line)
    return replace(state, log=log[-MOST_LINES:], log_dropped=state.log_dropped + max(0, len(log) - MOST_LINES))


def _number(value: Any, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) else otherwise


def _whole(value: Any, otherwise: int) -> int:
    return int(value) if isinstance(value, int | float) and isfinite(value) else otherwise
