"""The panel of the slowest requests of the run so far."""

from __future__ import annotations

from rich.text import Text

from twitterlab.dashboard.drawing import number
from twitterlab.dashboard.panel import Panel, written
from twitterlab.dashboard.state import State


class Slowest(Panel):
    """A line a request: how long, what, when, for whom."""

    TITLE = "Slowest requests, ms"

    def draw(self, state: State, width: int, height: int) -> Text:
        if not state.slowest:
            return written([[("None yet.", "label")]], width)
        lines = [
            [
                (f"{number(one.ms):>6} ", "value"),
                (f"{one.what} ", "" if one.is_ok else "bad"),
                ("" if one.is_ok else "✗ ", "bad"),
                (f"at {one.at_ns / 1e9:.1f} s", "label"),
                (f"  {one.who}" if width > 40 else "", "label"),
            ]
            for one in state.slowest[:height]
        ]
        return written(lines, width)
