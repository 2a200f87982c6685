"""The map: places, land, cables by their state, and what it does on a small screen."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twitterlab.dashboard.continents import heat_cell, heat_style
from twitterlab.dashboard.globe import DOTS, Projection, land, shortest_way
from twitterlab.dashboard.regions import Link, Region, Shard
from twitterlab.dashboard.state import State
from twitterlab.dashboard.worldmap import CITIES, WorldMap, link_style
from twitterlab.world.places import REGIONS

SIZES = [(78, 8), (98, 12), (158, 24)]


def is_land(projection: Projection, east: float, north: float) -> bool:
    column, row = projection.dot(east, north)
    return bool(land(projection)[row // 4][column // 2] & DOTS[column % 2][row % 4])


def world(**links: str) -> State:
    regions = tuple(Region(name, city) for name, city in (("america", "washington"), ("europe", "frankfurt")))
    return State(regions=regions, links=(Link("america", "europe", links.get("state", "up"), 91.0, 120.0, 80.0),))


def drawn(state: State, width: int = 98, height: int = 12) -> str:
    return WorldMap().draw(state, width, height).plain


def test_every_place_where_machines_can_stand_is_on_the_map() -> None:
    assert set(CITIES) == set(REGIONS)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("east", "north", "expected"),
    [(10, 50, True), (-100, 40, True), (100, 60, True), (20, 5, True), (-60, -10, True), (133, -25, True),
     (-40, 30, False), (-150, 0, False), (75, -30, False), (-20, -40, False)],
)  # fmt: skip
def test_continents_are_land_and_oceans_are_not(size, east: float, north: float, expected: bool) -> None:
    assert is_land(Projection(*size), east, north) is expected


@settings(deadline=None)
@given(st.floats(-180, 180), st.floats(-56, 80), st.sampled_from(SIZES))
def test_a_place_is_found_again_where_it_was_drawn(east: float, north: float, size) -> None:
    projection = Projection(*size)

    found_east, found_north = projection.place(*projection.dot(east, north))

    assert min(abs(found_east - east), 360 - abs(found_east - east)) <= 180 / size[0] + 1e-6
    assert abs(found_north - north) <= 136 / 4 / size[1] / 2 + 1e-6 or north >= 80 or north <= -56


def test_west_is_left_and_north_is_up() -> None:
    projection = Projection(98, 12)
    (america, _), (europe, upper), (asia, _) = (
        projection.cell(*CITIES[name]) for name in ("washington", "frankfurt", "tokyo")
    )
    _, lower = projection.cell(*CITIES["sydney"])

    assert america < europe < asia
    assert upper < lower


def test_the_shortest_way_to_japan_from_america_is_over_the_north() -> None:
    way = list(shortest_way(CITIES["washington"], CITIES["tokyo"], 40))

    assert way[0] == pytest.approx(CITIES["washington"])
    assert way[-1] == pytest.approx(CITIES["tokyo"])
    assert max(north for _, north in way) > 60


@pytest.mark.parametrize(
    ("state", "dark", "style"),
    [("up", set(), "link_up"), ("lossy", set(), "link_ill"), ("slow", set(), "link_ill"), ("one way", set(), "link_ill"),
     ("cut", set(), "link_cut"), ("cut", {"europe"}, "link_cut"), ("up", {"europe"}, "link_dark")],
)  # fmt: skip
def test_a_cable_has_the_colour_of_its_state(state: str, dark: set[str], style: str) -> None:
    assert link_style(Link("america", "europe", state, 91.0, 0.0, 0.0), dark) == style


def test_a_cable_tells_its_round_trip_and_its_longer_lag() -> None:
    assert "91 ms · lag 120 ms" in drawn(world())


def test_a_cut_cable_says_so_and_is_drawn_with_gaps() -> None:
    whole, cut = drawn(world()), drawn(world(state="cut"))

    assert "✗ cut" in cut
    assert "✗" not in whole
    assert sum("⠀" < glyph <= "⣿" for glyph in whole) != sum("⠀" < glyph <= "⣿" for glyph in cut)


def test_a_region_without_a_machine_that_is_up_is_dark() -> None:
    dead = Region("europe", "frankfurt", machines=(("s1", "down"), ("g1", "down")))

    shown = drawn(State(regions=(dead,)))

    assert "✗" in shown
    assert "dark" in shown


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 200), st.integers(1, 60))
def test_a_map_of_any_size_fits(width: int, height: int) -> None:
    lines = drawn(world(), width, height).split("\n")

    assert len(lines) <= height
    assert all(len(line) <= width for line in lines)


@pytest.mark.parametrize(
    ("load", "style"), [(10.0, "cold"), (60.0, "cool"), (100.0, "even"), (140.0, "warm"), (300.0, "hot")]
)
def test_heat_is_load_against_the_mean(load: float, style: str) -> None:
    assert heat_style(Shard("s1", load, True), 100.0) == style


def test_a_dark_shard_is_crossed_out_however_busy_it_was() -> None:
    shard = Shard("s1", 300.0, is_up=False)

    assert (heat_cell(shard, 100.0), heat_style(shard, 100.0)) == ("╳", "bad")
    assert heat_cell(Shard("s1", 300.0, is_up=True), 100.0) == "█"
