"""The panel with the map of the world: where the regions are, and how the cables between them do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.text import Text

from twitterlab.dashboard.choice import Choice
from twitterlab.dashboard.drawing import Cell, duration
from twitterlab.dashboard.globe import DOTS, Projection, character, land, shortest_way
from twitterlab.dashboard.panel import Panel, written
from twitterlab.dashboard.regions import Link, Region
from twitterlab.dashboard.state import State

CITIES = {
    "dallas": (-96.8, 32.8), "washington": (-77.0, 38.9), "frankfurt": (8.7, 50.1), "london": (-0.1, 51.5),
    "tokyo": (139.7, 35.7), "sydney": (151.2, -33.9), "sao-paulo": (-46.6, -23.5),
}  # fmt: skip
"""Longitude and latitude of where machines can stand, in degrees."""
LINKS = {"up": "link_up", "slow": "link_ill", "lossy": "link_ill", "partly": "link_ill", "one way": "link_ill"}
"""The style of a link by its state; any other is cut."""
DARK = "link_dark"
GAPS = {"link_cut": 3, "link_ill": 2, DARK: 4}
"""Of the dots of a line that is not well one in so many is drawn: it is told from the others without colours too."""
STEPS_A_CHARACTER = 3


class WorldMap(Panel):
    """`choice` is what keys are about."""

    TITLE = "The world"

    def __init__(self) -> None:
        super().__init__()
        self.choice = Choice()

    def draw(self, state: State, width: int, height: int) -> Text:
        projection = Projection(width, height)
        grid = [[Cell(character(bits), "land") if bits else Cell() for bits in row] for row in land(projection)]
        places = {each.name: CITIES[each.city] for each in state.regions if each.city in CITIES}
        dark = {each.name for each in state.regions if each.is_dark}
        shown = [link for link in state.links if link.one in places and link.other in places]
        for link in shown:
            _draw_link(grid, projection, link_style(link, dark), places[link.one], places[link.other])
        for link in shown:
            _label_link(grid, projection, link, dark, places)
        for region in state.regions:
            if region.name in places:
                self._draw_region(grid, projection.cell(*places[region.name]), region)
        return written(_pieces(grid), width)

    def _draw_region(self, grid: list[list[Cell]], at: tuple[int, int], region: Region) -> None:
        """A dot, its name, and how long its people wait."""
        column, row = at
        is_chosen = region.name == self.choice.region
        style = "bad" if region.is_dark else "mine" if is_chosen else "value"
        _put(
            grid, column, row, "✗" if region.is_dark else "◉" if is_chosen else "●", "bad" if region.is_dark else "good"
        )
        _put(grid, column + 1, row + 1, f" {region.name} ", style)
        waits = "dark" if region.is_dark else f"p99 {duration(region.p99_ms)}"
        _put(grid, column + 1, row + 2, f" {waits} ", style)


def link_style(link: Link, dark: set[str]) -> str:
    """How a link is drawn: by its own state, unless there is nobody at one of its ends."""
    own = LINKS.get(link.state, "link_cut")
    return DARK if own == "link_up" and (link.one in dark or link.other in dark) else own


def _draw_link(
    grid: list[list[Cell]], projection: Projection, style: str, start: tuple[float, float], end: tuple[float, float]
) -> None:
    """The shortest way between two places, in dots."""
    dots: dict[tuple[int, int], int] = {}
    for number, place in enumerate(shortest_way(start, end, STEPS_A_CHARACTER * projection.width)):
        if number // STEPS_A_CHARACTER % GAPS.get(style, 1):
            continue
        column, row = projection.dot(*place)
        cell = column // 2, row // 4
        dots[cell] = dots.get(cell, 0) | DOTS[column % 2][row % 4]
    for (column, row), bits in dots.items():
        grid[row][column] = Cell(character(bits), style)


def _label_link(
    grid: list[list[Cell]], projection: Projection, link: Link, dark: set[str], places: dict[str, tuple[float, float]]
) -> None:
    """In the middle of the way: state, round trip, and how far the one that is further behind is behind."""
    style = link_style(link, dark)
    words = [] if link.state == "up" else [f"✗ {link.state}" if style == "link_cut" else link.state]
    if link.round_trip_ms == link.round_trip_ms:
        words.append(duration(link.round_trip_ms))
    if link.lag_ms > 0:
        words.append(f"lag {duration(link.lag_ms)}")
    if not words:
        return
    middle = list(shortest_way(places[link.one], places[link.other], 2))[1]
    column, row = projection.cell(*middle)
    text = f" {' · '.join(words)} "
    _put(grid, column - len(text) // 2, max(0, row), text, style)


def _put(grid: list[list[Cell]], column: int, row: int, text: str, style: str) -> None:
    """Write a text, moved until it is on the map."""
    row = max(0, min(len(grid) - 1, row))
    column = max(0, min(len(grid[row]) - len(text), column))
    for place, glyph in enumerate(text[: len(grid[row])]):
        grid[row][column + place] = Cell(glyph, style)


def _pieces(grid: Sequence[Sequence[Cell]]) -> list[list[tuple[str, str]]]:
    return [
        [("".join(cell.glyph for cell in cells), style) for style, cells in groupby(row, lambda cell: cell.style)]
        for row in grid
    ]
