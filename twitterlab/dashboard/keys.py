"""The last line: which keys do what now."""

from __future__ import annotations

from rich.text import Text

from twitterlab.dashboard.panel import Panel, Piece, written
from twitterlab.dashboard.state import State

BREAKS = {
    "worker": ("k", "kill worker"), "cache": ("f", "flush cache"), "clock": ("c", "step clock"),
    "primary": ("p", "kill primary"),
}  # fmt: skip
"""What can be broken: its key and the words for it."""


THERE = (("k", "kill"), ("r", "restart"), ("p", "partition"), ("h", "heal"), ("a", "add shard"))
"""What can be ordered where there are regions."""


class Keys(Panel):
    """`is_live` decides which keys there are."""

    DEFAULT_CSS = "Keys { border: none; height: 1; background: $foreground 10%; }"

    def __init__(self, is_live: bool) -> None:
        super().__init__()
        self.is_live = is_live

    def draw(self, state: State, width: int, height: int) -> Text:
        is_running = self.is_live and not state.outcome
        last = [("?", "help"), ("q", "quit")]
        if state.regions and is_running:
            pairs = [("←→", "region"), ("tab", "machine"), *THERE, *last, ("+ -", "speed"), ("space", "pause")]
        else:
            pairs = [("space", "pause"), (".", "step")]
            pairs += [] if self.is_live else [("+ -", "speed"), ("r", "rewind")]
            pairs += [BREAKS[what] for what in state.breakable if what in BREAKS and is_running]
            pairs += [("e", "explain")] if state.outcome else []
            pairs += [("/", "search"), *last]
        pieces: list[Piece] = []
        for key, words in pairs:
            pieces += [(key, "mine"), (f" {words}  ", "label")]
        return written([pieces], width)
