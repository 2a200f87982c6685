"""A move over time: how long people waited, and which share of what they asked was done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import floor, nan
from statistics import fmean, median

from twitterlab.bench.plots import Line, Plot
from twitterlab.stage.regional.live.valkey.move import Move

WINDOW_S, SHOWN_S = 0.25, 3.0
"""Of one point; and what is shown before and after the move."""
KINDS = (("pages", ("page",)), ("writes", ("post", "delete")))
Held = Sequence[tuple[float, float]]
"""Moments and what was measured then."""


def draw_waits(title: str, move: Move) -> Plot:
    """Latencies from intended start, by moment of that start."""
    pages, posts = ([(one.at_s, one.latency_ms) for one in move.samples if one.f == f] for f in ("page", "post"))
    lines = (
        _line(move, "slowest page", pages, max), _line(move, "median page", pages, median),
        _line(move, "slowest post", posts, max), _line(move, "our own stalls", move.timeline.stalls, max),
    )  # fmt: skip
    return _plot(title, move, "the move", "ms", lines, log_y=True)


def draw_done(title: str, move: Move, since: str = "the move") -> Plot:
    """What was neither refused nor left without an answer, nor partial."""
    lines = []
    for label, kinds in KINDS:
        held = [(one.at_s, 100.0 * (one.outcome == "ok")) for one in move.samples if one.f in kinds]
        lines.append(_line(move, label, held, fmean))
    return _plot(title, move, since, "% done", tuple(lines))


def _line(move: Move, label: str, held: Held, of: Callable[[list[float]], float]) -> Line:
    zero_s, windows = move.timeline.began_s, dict[int, list[float]]()
    for at_s, value in held:
        windows.setdefault(floor((at_s - zero_s) / WINDOW_S), []).append(value)
    first, last = (floor(s / WINDOW_S) for s in (-SHOWN_S, move.timeline.last_s - zero_s + SHOWN_S))
    numbers = range(max(first, min(windows, default=0)), min(last, max(windows, default=0)))
    x = tuple(WINDOW_S * (number + 0.5) for number in numbers)
    return Line(label, x, tuple(of(windows[number]) if number in windows else nan for number in numbers))


def _plot(title: str, move: Move, since: str, y_label: str, lines: tuple[Line, ...], log_y: bool = False) -> Plot:
    marks = tuple((at_s - move.timeline.began_s, what) for at_s, what in move.timeline.marks)
    note = f"Live, on {move.engine}; each point is {WINDOW_S:g} s."
    return Plot(title, f"seconds since {since} began", y_label, lines, log_y=log_y, note=note, marks=marks)
