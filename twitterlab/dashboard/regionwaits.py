"""The panel of how long people of each region wait, over the whole run."""

from __future__ import annotations

from itertools import groupby

from rich.text import Text

from twitterlab.dashboard.drawing import Curve, chart, duration
from twitterlab.dashboard.panel import Panel, Piece, written
from twitterlab.dashboard.state import State

GLYPHS = (("•", "p50"), ("+", "p99"), ("^", "p999"), ("o", "good"), ("x", "mine"))
"""Character and style of a region's line, in the regions' order."""
PROMISE = "home_read_ms_p99"


class RegionWaits(Panel):
    """A chart of 99th percentiles whose lines differ by their characters."""

    TITLE = "Home read p99, ms"

    def draw(self, state: State, width: int, height: int) -> Text:
        kinds = [(region.name, *GLYPHS[place % len(GLYPHS)]) for place, region in enumerate(state.regions)]
        curves = [Curve(name, glyph, style, state.waits.series(name)) for name, glyph, style in kinds]
        bound = next((bound for name, _, bound in state.targets if name.startswith(PROMISE)), None)
        last = {region.name: region.p99_ms for region in state.regions}
        legend: list[Piece] = []
        for name, glyph, style in kinds:
            legend += [(f"{glyph} {name} ", style), (f"{duration(last[name])}  ", "value")]
        lines = [
            [("".join(cell.glyph for cell in cells), style) for style, cells in groupby(row, lambda cell: cell.style)]
            for row in chart(curves, width, height - 1, bound)
        ]
        return written([*lines, legend], width)
