"""The panel of regions: a column each, with what its people notice, and how busy its shards are."""

from __future__ import annotations

from rich.text import Text

from twitterlab.dashboard.choice import Choice
from twitterlab.dashboard.drawing import EIGHTHS, duration, number
from twitterlab.dashboard.panel import Panel, Piece, written
from twitterlab.dashboard.regions import Region, Shard
from twitterlab.dashboard.state import State

HEAT = ((0.5, "cold"), (0.85, "cool"), (1.15, "even"), (1.5, "warm"))
"""Styles of a shard's load up to so many times the mean of its region."""
HOT = "hot"
NARROW = 30
"""Characters of a column in which words are shortened."""


class Continents(Panel):
    """`choice` is what keys are about."""

    TITLE = "Continents"

    def __init__(self) -> None:
        super().__init__()
        self.choice = Choice()

    def draw(self, state: State, width: int, height: int) -> Text:
        if not state.regions:
            return Text()
        room = width // len(state.regions)
        columns = [self._column(number, region, room - 1) for number, region in enumerate(state.regions, 1)]
        lines: list[list[Piece]] = []
        for row in range(min(height, max(map(len, columns)))):
            lines.append([piece for column in columns for piece in _fitted(column[row], room)])
        return written(lines, width)

    def _column(self, key: int, region: Region, room: int) -> list[list[Piece]]:
        is_chosen = region.name == self.choice.region
        name: list[Piece] = [
            (f"{'▶' if is_chosen else ' '}{key} ", "mine"),
            (region.name, "mine" if is_chosen else "title"),
        ]
        name.append(("  ✗ dark", "bad") if region.is_dark else ("", ""))
        if is_chosen and self.choice.machine:
            name.append((f"  {self.choice.machine}", "mine"))
        is_narrow = room < NARROW
        failing = "—" if region.failing_per_s != region.failing_per_s else f"{region.failing_per_s:.0f}"
        return [
            name,
            [("first " if is_narrow else "first try ", "label"),
             (percent(region.first_percent), _bad_below(region.first_percent, 99)),
             ("  p99 ", "label"), (duration(region.p99_ms), "value")],
            [("by ", "label"), *_served_by(region)],
            [(f"{number(region.served_per_s)}/s", "value"), (" fail " if is_narrow else "  failing ", "label"),
             (failing, "bad" if region.failing_per_s > 0 else "value"), ("  edge ", "label"),
             (percent(region.edge_hit_percent, 0 if is_narrow else 1), "value")],
            [("shards ", "label"), *self._heat(region, is_chosen), *self._others(region, is_chosen)],
        ]  # fmt: skip

    def _heat(self, region: Region, is_chosen: bool) -> list[Piece]:
        """A cell a shard; crossed out where it is dark."""
        loads = [shard.load_per_s for shard in region.shards if shard.is_up]
        mean = sum(loads) / len(loads) if loads else 0.0
        return [
            (
                heat_cell(shard, mean),
                "mine" if is_chosen and shard.name == self.choice.machine else heat_style(shard, mean),
            )
            for shard in region.shards
        ]

    def _others(self, region: Region, is_chosen: bool) -> list[Piece]:
        """Gateways and edge: a dot each."""
        shards = {shard.name for shard in region.shards}
        pieces: list[Piece] = []
        kind = ""
        for name, state in region.machines:
            if name in shards:
                continue
            if name[0] != kind:
                kind = name[0]
                pieces.append((f"  {kind} ", "label"))
            style = "mine" if is_chosen and name == self.choice.machine else "good" if state == "up" else "bad"
            pieces.append(("●" if state == "up" else "╳", style))
        return pieces


def heat_cell(shard: Shard, mean: float) -> str:
    """Twice the mean is a full block."""
    if not shard.is_up:
        return "╳"
    share = shard.load_per_s / mean / 2 if mean > 0 else 0.0
    return EIGHTHS[max(0, min(7, int(8 * share)))]


def heat_style(shard: Shard, mean: float) -> str:
    """By its load against the mean of its region."""
    if not shard.is_up:
        return "bad"
    share = shard.load_per_s / mean if mean > 0 else 0.0
    return next((style for bound, style in HEAT if share <= bound), HOT)


def percent(value: float, digits: int = 1) -> str:
    """`100 %`, `97.4 %`; a dash where nobody measured."""
    return "—" if value != value else f"{value:.{0 if value in (0, 100) else digits}f} %"


def _served_by(region: Region) -> list[Piece]:
    """Who answers their people, most first."""
    shares = sorted(((share, where) for where, share in region.served_by if share), reverse=True)
    if not shares:
        return [("nobody", "bad")]
    return [
        (f"{where} {share:.0f} % " if len(shares) > 1 else f"{where} ", "value" if where == region.name else "p99")
        for share, where in shares
    ]


def _bad_below(value: float, bound: float) -> str:
    return "bad" if value < bound else "good"


def _fitted(pieces: list[Piece], room: int) -> list[Piece]:
    """Cut or filled up to `room` characters, with one left free."""
    fitted: list[Piece] = []
    for words, style in pieces:
        left = room - 1 - sum(len(each) for each, _ in fitted)
        fitted.append((words[: max(0, left)], style))
    return [*fitted, (" " * (room - sum(len(each) for each, _ in fitted)), "")]
