"""Operations drawn as bars on a line per process, with the points at which they took effect: SVG text.

The horizontal axis is the order of events, not time: a gap means only that something happened between.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape
from itertools import pairwise

from twitterlab.bench.history import OPEN, Operation
from twitterlab.bench.json_values import shown

ROW_PX = 46
LETTER_PX = 7
GAP_PX = 14
MARGIN_PX = 16


def label(operation: Operation, reads: Collection[str], longest: int = 40) -> str:
    """An operation in words: `write 1`, `read → 1`, `cas [1, 2]`, `dequeue ?` when its end is unknown."""
    words = [operation.f]
    if operation.f not in reads:
        words.append(shown(operation.argument, longest))
    elif operation.outcome == "ok":
        words.append(f"→ {shown(operation.result, longest)}")
    return " ".join(words) + (" ?" if operation.returned == OPEN else "")


def drawing(
    operations: Sequence[Operation],
    reads: Collection[str],
    order: Sequence[Operation] = (),
    marked: Collection[int] = (),
) -> str:
    """The bars, the numbered points of `order` on them, and those called at `marked` places in red."""
    ends = _positions(operations, reads)
    points = _points(order, ends)
    rows = _rows(operations)
    names = [name for name, _ in rows]
    left = MARGIN_PX + LETTER_PX * max((len(name) for name in names), default=0) + GAP_PX
    width = left + ends[OPEN] + MARGIN_PX
    height = ROW_PX * len(rows) + MARGIN_PX
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
        f'viewBox="0 0 {width:.0f} {height}" role="img" aria-label="{len(operations)} operations">'
    ]
    for row, (name, bars) in enumerate(rows):
        y = ROW_PX * row + ROW_PX - 16
        parts.append(f'<text class="who" x="{MARGIN_PX}" y="{y + 4}">{escape(name)}</text>')
        parts.append(f'<line class="life" x1="{left}" y1="{y}" x2="{width}" y2="{y}"/>')
        for bar in bars:
            x, end = left + ends[bar.invoked], left + ends[bar.returned]
            parts.append(_bar(bar, reads, x, end, y, bar.invoked in marked))
            if bar.invoked in points:
                number, at = points[bar.invoked]
                parts.append(
                    f'<circle class="point" cx="{left + at:.1f}" cy="{y}" r="4"/>'
                    f'<text class="number" x="{left + at:.1f}" y="{y + 15}">{number}</text>'
                )
    return "".join(parts) + "</svg>"


def _bar(operation: Operation, reads: Collection[str], x: float, end: float, y: float, is_marked: bool) -> str:
    kind = " ".join(
        ["bar"] + ["open"] * (operation.returned == OPEN) + ["reads"] * (operation.f in reads) + ["marked"] * is_marked
    )
    said = f"line {operation.line}" + (f" to {operation.end_line}" if operation.end_line else ", no answer")
    return (
        f'<g class="{kind}"><title>{escape(label(operation, reads, 400))} ({said})</title>'
        f'<rect x="{x:.1f}" y="{y - 5}" width="{end - x:.1f}" height="10" rx="3"/>'
        f'<text x="{x:.1f}" y="{y - 9}">{escape(label(operation, reads))}</text></g>'
    )


def _positions(operations: Sequence[Operation], reads: Collection[str]) -> dict[int, float]:
    """Where each event stands: evenly, but no bar is shorter than its label. OPEN stands behind them all."""
    calls = {o.returned: o for o in operations if o.returned != OPEN}
    places = sorted({o.invoked for o in operations} | calls.keys())
    positions: dict[int, float] = {}
    x = 0.0
    for place in places:
        if place in calls:
            call = calls[place]
            x = max(x, positions[call.invoked] + LETTER_PX * len(label(call, reads)) + 4)
        positions[place] = x
        x += GAP_PX
    for operation in operations:
        if operation.returned == OPEN:
            x = max(x, positions[operation.invoked] + LETTER_PX * len(label(operation, reads)) + 4)
    return positions | {OPEN: x}


def _points(order: Sequence[Operation], positions: dict[int, float]) -> dict[int, tuple[int, float]]:
    """A number and a position for each operation in order: as early as may be, each behind the one before."""
    points: dict[int, tuple[int, float]] = {}
    place = 0
    members: dict[int, list[Operation]] = {}
    for operation in order:
        place = max(place, operation.invoked)
        members.setdefault(place, []).append(operation)
    number = 0
    places = sorted(positions)
    following = dict(pairwise(places))
    for place, group in members.items():
        room = positions[following[place]] - positions[place]
        for index, operation in enumerate(group, 1):
            number += 1
            points[operation.invoked] = (number, positions[place] + room * index / (len(group) + 1))
    return points


def _rows(operations: Sequence[Operation]) -> list[tuple[str, list[Operation]]]:
    """A row for each process, and another where it went on after an operation without an end."""
    rows: list[tuple[str, list[Operation]]] = []
    for operation in sorted(operations, key=lambda o: o.invoked):
        name = _name(operation.process)
        for row_name, bars in rows:
            if row_name == name and bars[-1].returned < operation.invoked:
                bars.append(operation)
                break
        else:
            rows.append((name, [operation]))
    return sorted(rows, key=lambda row: _natural(row[1][0].process))


def _name(process: int | str) -> str:
    text = str(process) if isinstance(process, int) else shown(process, 24).strip('"')
    return text if len(text) <= 24 else f"{text[:23]}…"


def _natural(process: int | str) -> tuple[bool, int, str]:
    return (isinstance(process, str), process if isinstance(process, int) else 0, str(process))
