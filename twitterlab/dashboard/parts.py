"""The panel of parts: whose each is, and how often the run has called it."""

from __future__ import annotations

from rich.text import Text

from twitterlab.dashboard.panel import Panel, Piece, written
from twitterlab.dashboard.state import PartShown, State


class Parts(Panel):
    """A line a part, the student's own first where not all fit."""

    TITLE = "Parts and calls"

    def draw(self, state: State, width: int, height: int) -> Text:
        parts = list(state.parts)
        if not parts:
            return written([[("None: a trace without a report.", "label")]], width)
        if len(parts) > height:
            parts.sort(key=lambda part: part.whose != "mine")
            rest = len(parts) - height + 1
            lines = [*map(_line, parts[: height - 1]), [(f"and {rest} more; see ?", "label")]]
        else:
            lines = [*map(_line, parts)]
        return written(lines, width)


def _line(part: PartShown) -> list[Piece]:
    style = "mine" if part.whose == "mine" else "label"
    return [(f"{part.slot:<10}", ""), (f"{part.whose:<10}", style), (f"{part.calls:>8,}", "value")]
