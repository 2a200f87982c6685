"""A panel: one box of the screen, drawn from the state whenever that or the size changes."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text
from textual.events import Resize
from textual.widgets import Static

from twitterlab.dashboard.palette import STYLES
from twitterlab.dashboard.state import State

Piece = tuple[str, str]
"""Characters, and the name of their style in the palette."""


class Panel(Static):
    """Below its title lies what `draw` makes of a state."""

    TITLE = ""
    DEFAULT_CSS = """
    Panel { border-top: solid $foreground 30%; border-title-color: $foreground; border-title-style: bold;
            height: 1fr; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__(id=type(self).__name__.lower())
        self.border_title = self.TITLE
        self._state = State()

    def show(self, state: State) -> None:
        """Draw this state from now on."""
        self._state = state
        self.redraw()

    def redraw(self) -> None:
        """Once more, on what room there is."""
        width, height = self.content_size
        if width > 0 and height > 0:
            self.update(self.draw(self._state, width, height))

    def draw(self, state: State, width: int, height: int) -> Text:
        """At most `height` lines of `width` characters."""
        raise NotImplementedError

    def on_resize(self, event: Resize) -> None:
        self.redraw()


def written(lines: Iterable[Iterable[Piece]], width: int) -> Text:
    """Lines of pieces as a text that wraps nowhere."""
    text = Text(no_wrap=True, overflow="ellipsis", end="")
    for number, line in enumerate(lines):
        if number:
            text.append("\n")
        row = Text(no_wrap=True, end="")
        for words, style in line:
            row.append(words, STYLES[style])
        row.truncate(width, overflow="ellipsis")
        text.append_text(row)
    return text
