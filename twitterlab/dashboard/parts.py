"""The panel of parts: whose each is, and how often the run has called it."""

from __future__ import annotations

from rich.text import Text

from twitterlab.dashboard.panel import Panel, Piece, written
from twitterlab.dashboard.state import PartShown, State

NAMES = 20
"""Characters for a part's name and whose it is."""


class Parts(Panel):
    """A line a part, the student's own first where not all fit."""

    TITLE = "Parts and calls"

    def draw(self, state: State, width: int, height: int) -> Text:
        parts = list(state.parts)
        if not parts:
            return written([[("None: a trace without a report.", "label")]], width)
        room = max(5, width - NAMES)
        if len(parts) > height:
            parts.sort(key=lambda part: part.whose != "mine")
            rest = len(parts) - height + 1
            lines = [*(_line(part, room) for part in parts[: height - 1]), [(f"and {rest} more; see ?", "label")]]
        else:
            lines = [_line(part, room) for part in parts]
        return written(lines, width)


def _line(part: PartShown, room: int) -> list[Piece]:
    style = "mine" if part.whose == "mine" else "label"
    return [
        (f"{part.slot:<10}", ""),
        (f"{part.whose:<10}", style),
        (f"{_short(part.calls, room):>{min(room, 8)}}", "value"),
    ]


def _short(calls: int, room: int) -> str:
    """In full where there is room, else in thousands or millions."""
    if len(said := f"{calls:,}") <= room:
        return said
    return f"{calls / 1e3:.0f}K" if calls < 1e6 else f"{calls / 1e6:.1f}M"
