"""The panel of how full things stand: cache hits, what waits in queue and outbox, errors; gauges of simulated nodes."""

from __future__ import annotations

from rich.text import Text

from twitterlab.dashboard.drawing import number
from twitterlab.dashboard.panel import Panel, Piece, written
from twitterlab.dashboard.state import State
from twitterlab.dashboard.traffic import gauge_row


class Levels(Panel):
    """A line a gauge."""

    TITLE = "Levels"

    def draw(self, state: State, width: int, height: int) -> Text:
        lines = [
            gauge_row(state, "cache hits", "cache_hit_percent", width, "%"),
            gauge_row(state, "queue", "queue_events", width),
            gauge_row(state, "outbox", "outbox_events", width),
            _errors(state),
        ]
        if state.nodes:
            down = [name for name, condition in state.nodes if condition != "up"]
            lines.append([("nodes      ", "label"), (f"{len(state.nodes)}, not up: {', '.join(down) or 'none'}", "")])
        lines += [[(f"{name} ", "label"), (number(value), "value")] for name, value in state.gauges]
        return written(lines[:height], width)


def _errors(state: State) -> list[Piece]:
    sign = "✗" if state.errors else "✓"
    return [("errors     ", "label"), (f"{number(state.errors):>6} {sign}", "bad" if state.errors else "good")]
