"""The first line: what runs, where it stands, and whether it plays."""

from __future__ import annotations

from rich.text import Text

from twitterlab.dashboard.drawing import bar
from twitterlab.dashboard.panel import Panel, Piece, written
from twitterlab.dashboard.state import State


class Headline(Panel):
    """`title` names the run; `mood` says live, paused or how fast."""

    DEFAULT_CSS = "Headline { border: none; height: 1; background: $foreground 10%; }"

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title, self.mood = title, ""

    def draw(self, state: State, width: int, height: int) -> Text:
        left: list[Piece] = [(f"{self.title}  ", "title"), (f"{state.at_ns / 1e9:.1f} s  ", "value")]
        if state.outcome:
            is_bad = "missed" in state.outcome or "broke" in state.outcome or "stopped" in state.outcome
            left.append((f"{'✗' if is_bad else '✓'} {state.outcome}", "bad" if is_bad else "good"))
        elif state.step:
            left += [(f"{bar(state.share, 8)} ", "spark"), (state.step, "label")]
        used = sum(len(words) for words, _ in left)
        room = max(1, width - used - len(self.mood))
        return written([[*left, (" " * room, ""), (self.mood, "mine")]], width)
