"""The panel of how much is going on: operations, reads, posts and deliveries a second."""

from __future__ import annotations

from rich.text import Text

from twitterlab.dashboard.drawing import number, spark
from twitterlab.dashboard.panel import Panel, Piece, written
from twitterlab.dashboard.state import State

ROWS = (
    ("operations", "operations_per_s"),
    ("home reads", "reads_per_s"),
    ("posts", "posts_per_s"),
    ("deliveries", "deliveries_per_s"),
)
VALUE_AT = 18
"""Where the sparkline begins."""


class Traffic(Panel):
    """A line a rate: its name, the last second's, and how it went."""

    TITLE = "Throughput, a second"

    def draw(self, state: State, width: int, height: int) -> Text:
        return written([gauge_row(state, name, gauge, width) for name, gauge in ROWS][:height], width)


def gauge_row(state: State, name: str, gauge: str, width: int, unit: str = "", style: str = "value") -> list[Piece]:
    """A gauge in a line: name, last value, sparkline."""
    values = [value for _, value in state.samples.series(gauge)]
    last = state.samples.last
    value = number(getattr(last, gauge)) if last else "—"
    return [
        (f"{name:<11}", "label"),
        (f"{value + unit:>{VALUE_AT - 12}} ", style),
        (spark(values, max(0, width - VALUE_AT)), "spark"),
    ]
