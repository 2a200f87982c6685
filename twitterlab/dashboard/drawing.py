"""Drawing with characters: sparklines, bars and a chart whose lines differ by shape, so that no colour is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, log10

Point = tuple[float, float]
EIGHTHS = "▁▂▃▄▅▆▇█"
LABEL_CHARS = 7
"""Room for the numbers beside the vertical axis."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a chart: its points as (x, y), the character it is drawn with, and its style."""

    name: str
    glyph: str
    style: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One character of a chart."""

    glyph: str = " "
    style: str = ""


def spark(values: Sequence[float], width: int) -> str:
    """The last `width` values as a row of blocks, the highest of them full."""
    shown = [value for value in values if isfinite(value)][-width:] if width > 0 else []
    top = max(shown, default=0.0)
    return "".join(EIGHTHS[min(7, int(8 * value / top))] if top > 0 and value > 0 else EIGHTHS[0] for value in shown)


def bar(share: float, width: int) -> str:
    """A share in [0, 1] of `width` characters."""
    full = round(max(0.0, min(1.0, share if isfinite(share) else 0.0)) * width)
    return "█" * full + "░" * (width - full)


def number(value: float) -> str:
    """At most six characters: 0.42, 3.1, 250, 1,234, 12.3k, 4.5M."""
    if not isfinite(value):
        return "—"
    for bound, unit in ((9_999.5, ""), (999_950, "k"), (float("inf"), "M")):
        if abs(value) < bound:
            scaled = value / {"": 1, "k": 1e3, "M": 1e6}[unit]
            digits = 2 if abs(scaled) < 1 and scaled else 1 if abs(scaled) < 10 or (unit and abs(scaled) < 100) else 0
            return f"{scaled:,.{digits}f}{unit}"
    raise AssertionError("infinity has no bound")


def duration(ms: float) -> str:
    """`4.5 ms`, `120 ms`, `5.2 s`, `90 s`; a dash where nobody measured."""
    if not isfinite(ms):
        return "—"
    if ms < 1_000:
        return f"{ms:.1f} ms" if ms < 10 else f"{ms:.0f} ms"
    return f"{ms / 1e3:.1f} s" if ms < 10_000 else f"{ms / 1e3:.0f} s"


def chart(curves: Sequence[Curve], width: int, height: int, mark: float | None = None) -> list[list[Cell]]:
    """Rows of cells, top first: a logarithmic vertical axis with its labels, the curves, and `mark` as a dashed
    line. A later curve is drawn over an earlier one."""
    grid = [[Cell() for _ in range(width)] for _ in range(height)]
    plot_width = width - LABEL_CHARS - 1
    points = [point for curve in curves for point in curve.points if point[1] > 0 and isfinite(point[1])]
    if plot_width < 2 or height < 2 or not points:
        return grid
    low, high = _decades([y for _, y in points] + ([mark] if mark else []))
    start, end = min(x for x, _ in points), max(x for x, _ in points)
    _axis(grid, low, high)
    if mark:
        row = _row(mark, low, high, height)
        grid[row][LABEL_CHARS + 1 :] = [Cell("╌" if column % 2 else " ", "target") for column in range(plot_width)]
    for curve in curves:
        for x, y in curve.points:
            if y > 0 and isfinite(y):
                column = round((x - start) / (end - start) * (plot_width - 1)) if end > start else plot_width - 1
                grid[_row(y, low, high, height)][LABEL_CHARS + 1 + column] = Cell(curve.glyph, curve.style)
    return grid


def _decades(values: Sequence[float]) -> tuple[float, float]:
    """The least and the most of the axis, as powers of ten: half decades around what is shown, at least one apart."""
    low = int(2 * log10(min(values)) // 1) / 2
    high = -int(-2 * log10(max(values)) // 1) / 2
    return low, max(high, low + 1)


def _row(value: float, low: float, high: float, height: int) -> int:
    share = (log10(value) - low) / (high - low)
    return height - 1 - round(max(0.0, min(1.0, share)) * (height - 1))


def _axis(grid: list[list[Cell]], low: float, high: float) -> None:
    """A rule down the left side, and a number at each power of ten and between."""
    height = len(grid)
    for row in grid:
        row[LABEL_CHARS] = Cell("│", "axis")
    taken: set[int] = set()
    for half in range(int(2 * low), int(2 * high) + 1):
        value = 10 ** (half / 2) if half % 2 == 0 else 3 * 10 ** ((half - 1) / 2)
        row_number = _row(value, low, high, height)
        if row_number in taken or (half % 2 and {row_number - 1, row_number + 1} & taken):
            continue
        taken.add(row_number)
        for column, glyph in enumerate(number(value).rjust(LABEL_CHARS)):
            grid[row_number][column] = Cell(glyph, "axis")
        grid[row_number][LABEL_CHARS] = Cell("┤", "axis")
