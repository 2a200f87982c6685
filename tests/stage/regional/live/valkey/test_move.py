"""What a move comes to, from samples."""

from __future__ import annotations

from math import isnan, nan

import pytest

from twitterlab.stage.regional.live.valkey.drawing import draw_done, draw_waits
from twitterlab.stage.regional.live.valkey.keyspace import Keyspace
from twitterlab.stage.regional.live.valkey.move import Move, Timeline
from twitterlab.stage.regional.live.valkey.people import Sample

EMPTY = Keyspace(0, 0, 0, 0, 0, {"s1": 0})


def move(samples, timeline):
    return Move("valkey", [], samples, {}, timeline, EMPTY, 0, 0, {})


def test_before_is_when_all_is_warm_and_during_is_until_the_end():
    samples = [
        Sample(at_s, "page", latency_ms, "ok") for at_s, latency_ms in ((1, 100), (3, 2), (5, 30), (7, 30), (9, 500))
    ]
    of = move(samples, Timeline(began_s=4.0, ended_s=8.0))

    assert of.quantile_ms("page", 0.99, is_during=False) == pytest.approx(2, rel=0.01)
    assert of.quantile_ms("page", 0.99, is_during=True) == pytest.approx(30, rel=0.01)
    assert (of.held("page", False), of.held("page", True)) == (1, 2)
    assert isnan(of.quantile_ms("post", 0.99, is_during=True))


def test_a_move_without_an_end_took_no_time_and_goes_on():
    timeline = Timeline(began_s=4.0, marks=[(4.0, "dual write"), (6.0, "verify")])

    assert not timeline.is_finished
    assert isnan(timeline.took_ms)
    assert timeline.last_s == 6.0
    assert timeline.is_during(99.0)
    assert not timeline.is_during(3.9)


def test_plots_begin_with_the_move_and_show_what_was_not_done():
    samples = [
        Sample(4.0 + number / 10, "page", 1.0 + number, "fail" if 10 <= number < 15 else "ok")
        for number in range(-30, 60)
    ]
    of = move(samples, Timeline(4.0, 6.0, [(4.0, "dual write"), (5.0, "cut over")], [(4.1, 0.5)]))

    waits, done = draw_waits("waits", of), draw_done("done", of)

    assert waits.marks == done.marks == ((0.0, "dual write"), (1.0, "cut over"))
    slowest = dict(zip(waits.lines[0].x, waits.lines[0].y, strict=True))
    assert slowest[0.125] == 3.0  # of the pages due at 4.0, 4.1 and 4.2 s
    pages = dict(zip(done.lines[0].x, done.lines[0].y, strict=True))
    assert (pages[0.125], pages[1.125], pages[2.125]) == (100.0, 0.0, 100.0)
    assert not done.lines[1].x or set(map(isnan, done.lines[1].y)) == {True}


def test_nobody_came_is_drawn_too():
    assert draw_waits("nothing", move([], Timeline(4.0, nan))).lines[0].y == ()
