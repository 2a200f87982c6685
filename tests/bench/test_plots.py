"""Plots."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitterlab.bench.plots import HEIGHT, WIDTH, Line, Plot, svg

values = st.lists(st.floats(min_value=0, max_value=1e9) | st.just(math.nan), min_size=1, max_size=6)


@given(values, st.booleans(), st.booleans(), st.sampled_from(["line", "bar"]))
def test_whatever_was_measured_is_drawn_inside_the_picture(y: list[float], log_x: bool, log_y: bool, kind: str) -> None:
    line = Line("a < b", tuple(range(1, len(y) + 1)), tuple(y))

    drawing = svg(Plot("T & U", "x", "ms", (line, line), kind, log_x, log_y))

    ElementTree.fromstring(drawing)
    for x_at, y_at in re.findall(r"(-?[0-9.]+),(-?[0-9.]+)", drawing):
        assert 0 <= float(x_at) <= WIDTH
        assert 0 <= float(y_at) <= HEIGHT
    assert "nan" not in drawing


def test_equal_plots_give_equal_text() -> None:
    bars = Plot("Bars", "", "commands", (Line("one by one", (0,), (20,)), Line("pipeline", (0,), (1,))), kind="bar")

    assert svg(bars) == svg(bars)
    assert svg(bars).startswith("<svg")


def test_a_straight_line_on_logarithmic_axes_is_a_power_law() -> None:
    line = Line("y = x ** 2", (1, 10, 100), (1, 100, 10_000))

    points = re.search(r'points="([^"]+)"', svg(Plot("", "x", "y", (line,), log_x=True, log_y=True)))

    assert points is not None
    (x0, y0), (x1, y1), (x2, y2) = ([float(n) for n in point.split(",")] for point in points[1].split())
    assert (x1 - x0, y1 - y0) == pytest.approx((x2 - x1, y2 - y1), abs=0.2)


def test_a_mark_stands_where_its_moment_is() -> None:
    line = Line("ms", (0, 5, 10), (1, 2, 1))

    drawing = svg(Plot("", "seconds", "ms", (line,), marks=((5.0, "cut <over>"),)))

    points = re.search(r'points="([^"]+)"', drawing)
    mark = re.search(r'x1="([0-9.]+)" x2="([0-9.]+)" [^>]*stroke-dasharray', drawing)
    assert points is not None
    assert mark is not None
    assert mark[1] == mark[2] == points[1].split()[1].split(",")[0]
    assert "cut &lt;over&gt;" in drawing
