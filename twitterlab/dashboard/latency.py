"""The panel of how long people wait: median and tail of a home read over the whole run, against what is promised."""

from __future__ import annotations

from itertools import groupby

from rich.text import Text

from twitterlab.dashboard.drawing import Curve, chart, number
from twitterlab.dashboard.panel import Panel, Piece, written
from twitterlab.dashboard.state import State

CURVES = (("p99.9", "^", "p999"), ("p99", "+", "p99"), ("p50", "•", "p50"))
"""Name, character and style; drawn in this order, so that the median lies on top."""
PROMISE = "home_read_ms_p99"


class Latency(Panel):
    """A chart whose lines differ by their characters."""

    TITLE = "Home read, ms"

    def draw(self, state: State, width: int, height: int) -> Text:
        bound = next((bound for name, _, bound in state.targets if name == PROMISE), None)
        curves = [Curve(name, glyph, style, state.samples.series(f"home_ms_{style}")) for name, glyph, style in CURVES]
        if not any(curve.points for curve in curves):
            return written([[("Nobody has read a home timeline yet.", "label")]], width)
        rows = chart(curves, width, height - 1, bound)
        lines = [
            [("".join(cell.glyph for cell in cells), style) for style, cells in groupby(row, lambda cell: cell.style)]
            for row in rows
        ]
        return written([*lines, _legend(state, bound)], width)


def _legend(state: State, bound: float | None) -> list[Piece]:
    """What the lines are, where they stand, and whether the whole run keeps the promise."""
    last = state.samples.last
    pieces: list[Piece] = []
    for name, glyph, style in reversed(CURVES):
        value = getattr(last, f"home_ms_{style}") if last else float("nan")
        pieces += [(f"{glyph} {name} ", style), (f"{number(value)}  ", "value")]
    if state.run_ms_p99 == state.run_ms_p99:
        pieces.append((f"whole run p99 {number(state.run_ms_p99)}", "label"))
        if bound is not None:
            is_kept = state.run_ms_p99 < bound
            pieces.append(
                (
                    f" {'✓' if is_kept else '✗'} {'<' if is_kept else 'not <'} {number(bound)}",
                    "good" if is_kept else "bad",
                )
            )
    return pieces
