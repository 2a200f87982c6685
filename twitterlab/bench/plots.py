"""Plots as SVG text, written by hand: no library to load, nothing that moves, equal plots give equal text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, isfinite, log10

WIDTH, HEIGHT = 800, 350
LEFT, RIGHT, TOP, BOTTOM = 70, 200, 62, 52
COLOURS = ("#1d9bf0", "#e0245e", "#17a673", "#f0932b", "#794bc4", "#5b6876")
TICKS = 5
LINE = 17
LEAST = 1e-12
"""Where a logarithmic axis ends at the latest."""


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: equally many x and y."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """A diagram as data. `kind` is `line`, or `bar` with one bar a line, as high as its first y; a bar's label may have
    two lines."""

    title: str
    x_label: str
    y_label: str
    lines: tuple[Line, ...]
    kind: str = "line"
    log_x: bool = False
    log_y: bool = False
    note: str = ""
    marks: tuple[tuple[float, str], ...] = ()
    """Moments, by x, of a line plot: something happened there."""


@dataclass(frozen=True, slots=True)
class Axis:
    """From values to pixels."""

    low: float
    high: float
    is_log: bool
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel of `value`; what does not fit is drawn at the edge."""
        low, high = (log10(self.low), log10(self.high)) if self.is_log else (self.low, self.high)
        place = log10(max(value, self.low)) if self.is_log else value
        share = min(max((place - low) / (high - low), 0.0), 1.0)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Where to put numbers: decades, or multiples of 1, 2 or 5."""
        if self.is_log:
            powers = range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
            decades = [10.0**power for power in powers if self._has(10.0**power)]
            finer = [
                factor * 10.0**power for power in powers for factor in (1, 2, 5) if self._has(factor * 10.0**power)
            ]
            return finer if len(decades) < 3 else decades
        step = _step(self.high - self.low)
        return [step * number for number in range(ceil(self.low / step), floor(self.high / step + 1e-9) + 1)]

    def _has(self, value: float) -> bool:
        return self.low * (1 - 1e-9) <= value <= self.high * (1 + 1e-9)


def svg(plot: Plot) -> str:
    """The plot as an `<svg>` element. Values that are not finite are left out."""
    values = [value for line in plot.lines for value in line.y if isfinite(value)]
    vertical = _axis(values, plot.log_y, HEIGHT - BOTTOM, TOP, is_from_zero=True)
    body = _bars(plot, vertical) if plot.kind == "bar" else _curves(plot, vertical)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(plot.title)}" font-family="system-ui, sans-serif" font-size="13" fill="#1d2733">'
        f'<text x="{LEFT}" y="22" font-size="15" font-weight="600">{escape(plot.title)}</text>'
        f"{_grid(vertical)}{_text(LEFT, TOP - 14, plot.y_label, 'start')}{body}</svg>"
    )


def _axis(values: Sequence[float], is_log: bool, start: float, end: float, is_from_zero: bool = False) -> Axis:
    """As long as the values; the vertical one from zero, or from a full decade to a full decade."""
    if is_log:
        positive = [value for value in values if value >= LEAST] or [1.0]
        if not is_from_zero and max(positive) > min(positive):
            return Axis(min(positive), max(positive), True, start, end)
        low, high = floor(log10(min(positive))), ceil(log10(max(positive)))
        return Axis(10.0**low, 10.0 ** max(high, low + 1), True, start, end)
    low_value = 0.0 if is_from_zero else min(values, default=0.0)
    high_value = max([*values, low_value + 1e-9])
    if is_from_zero:
        step = _step(high_value)
        high_value = step * ceil(high_value / step - 1e-9)
    return Axis(low_value, high_value, False, start, end)


def _step(span: float) -> float:
    """A round number that goes about `TICKS` times into `span`."""
    raw = max(span, 1e-9) / TICKS
    power = 10.0 ** floor(log10(raw))
    return float(next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw - 1e-12))


def _grid(vertical: Axis) -> str:
    rows = "".join(
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e3e8ee"/>'
        + _text(LEFT - 8, y + 4, _number(tick), "end")
        for tick in vertical.ticks()
        for y in (vertical.at(tick),)
    )
    return f'<g fill="#5b6876">{rows}</g>'


def _curves(plot: Plot, vertical: Axis) -> str:
    every_x = [value for line in plot.lines for value in line.x]
    horizontal = _axis(every_x, plot.log_x, LEFT, WIDTH - RIGHT)
    ticks = "".join(
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM + 5}" stroke="#5b6876"/>'
        + _text(x, HEIGHT - BOTTOM + 20, _number(tick), "middle")
        for tick in horizontal.ticks()
        for x in (horizontal.at(tick),)
    )
    label = _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, plot.x_label, "middle")
    curves = "".join(_curve(line, COLOURS[n % len(COLOURS)], horizontal, vertical) for n, line in enumerate(plot.lines))
    marks = "".join(_mark(horizontal.at(x), words) for x, words in plot.marks)
    return f'<g fill="#5b6876">{ticks}{label}{marks}</g>{curves}{_legend(plot, vertical)}'


def _mark(x: float, words: str) -> str:
    """A dashed line from top to bottom, its words beside it, upright."""
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#5b6876" stroke-dasharray="4 3"/>'
        f'<text x="{x - 4:.1f}" y="{TOP + 2}" font-size="11" text-anchor="end" '
        f'transform="rotate(-90 {x - 4:.1f} {TOP + 2})">{escape(words)}</text>'
    )


def _curve(line: Line, colour: str, horizontal: Axis, vertical: Axis) -> str:
    points = [(horizontal.at(x), vertical.at(y)) for x, y in zip(line.x, line.y, strict=True) if isfinite(y)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in points)
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.2" stroke-linejoin="round"/>'
        f'<g fill="{colour}">{dots}</g>'
    )


def _legend(plot: Plot, vertical: Axis) -> str:
    """Each name where its curve ends, moved apart where curves meet."""
    ends = sorted(
        (vertical.at(next((y for y in reversed(line.y) if isfinite(y)), 0.0)), number)
        for number, line in enumerate(plot.lines)
    )
    names, lowest = [], float("-inf")
    for y, number in ends:
        lowest = max(y, lowest + LINE)
        names.append((lowest, number))
    highest = float(HEIGHT - BOTTOM + LINE)
    for place, (y, number) in reversed(list(enumerate(names))):  # from below: only those that found no room move up
        highest = min(y, highest - LINE)
        names[place] = (highest, number)
    return "".join(
        f'<text x="{WIDTH - RIGHT + 10}" y="{y + 4:.1f}" fill="{COLOURS[number % len(COLOURS)]}">'
        f"{escape(plot.lines[number].label)}</text>"
        for y, number in names
    )


def _bars(plot: Plot, vertical: Axis) -> str:
    slot = (WIDTH - LEFT - RIGHT) / max(len(plot.lines), 1)
    floor_y = vertical.start
    drawn = []
    for number, line in enumerate(plot.lines):
        value = line.y[0] if isfinite(line.y[0]) else 0.0
        middle, top = LEFT + slot * (number + 0.5), vertical.at(value)
        drawn.append(
            f'<rect x="{middle - slot * 0.3:.1f}" y="{top:.1f}" width="{slot * 0.6:.1f}" '
            f'height="{floor_y - top:.1f}" rx="3" fill="{COLOURS[number % len(COLOURS)]}"/>'
            + _text(middle, top - 6, _number(value), "middle")
            + "".join(
                _text(middle, HEIGHT - BOTTOM + 20 + LINE * row, words, "middle")
                for row, words in enumerate(line.label.split("\n"))
            )
        )
    return "".join(drawn)


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>' if words else ""


def _number(value: float) -> str:
    """Short: 0.05, 3, 1,200, 45 k, 2.1 M."""
    for size, unit in ((1e6, " M"), (1e4, " k")):
        if abs(value) >= size:
            return f"{value / (1e3 if unit == ' k' else size):,.3g}{unit}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
