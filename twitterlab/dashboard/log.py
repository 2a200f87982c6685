"""The panel of events: faults, steps of the lab and what went wrong, newest at the bottom, searched and scrolled."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from twitterlab.dashboard.lines import Line
from twitterlab.dashboard.palette import MARKS
from twitterlab.dashboard.panel import Panel, Piece, written
from twitterlab.dashboard.state import State


class Log(Panel):
    """`words` narrow it, `back` is how many lines it is scrolled up."""

    TITLE = "Events"

    def __init__(self) -> None:
        super().__init__()
        self.words = ""
        self.back = 0

    def draw(self, state: State, width: int, height: int) -> Text:
        found = matching(state.log, self.words)
        self.back = max(0, min(self.back, len(found) - height))
        self.border_title = self._title(len(found), state)
        end = len(found) - self.back
        shown = found[max(0, end - height) : end]
        return written([_line(line) for line in shown] or [[("Nothing here.", "label")]], width)

    def scroll_lines(self, lines: int) -> None:
        """Up where positive, down where negative."""
        self.back = max(0, self.back + lines)
        self.redraw()

    def search(self, words: str) -> None:
        """Show only lines that hold these words."""
        self.words, self.back = words, 0
        self.redraw()

    def _title(self, found: int, state: State) -> str:
        parts = [self.TITLE]
        if self.words:
            parts.append(f"{found} with “{self.words}”".replace("[", r"\["))
        if self.back:
            parts.append(f"{self.back} below")
        if state.log_dropped:
            parts.append(f"{state.log_dropped:,} older forgotten")
        return " · ".join(parts)


def matching(lines: Sequence[Line], words: str) -> list[Line]:
    """Those that hold every one of the words."""
    return [line for line in lines if all(line.matches(word) for word in words.split())]


def _line(line: Line) -> list[Piece]:
    style = MARKS.get(line.mark, "")
    return [(f"{line.at_ns / 1e9:7.1f} ", "label"), (f"{line.mark} ", style), (line.text, style)]
