"""A run with regions on the dashboard: what its events make of the state, what keys order, live as in playback."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from twitterlab.dashboard.app import Dashboard
from twitterlab.dashboard.picture import draw
from twitterlab.dashboard.playback import Live, Replay
from twitterlab.dashboard.regions import MOST_KEPT, Waits
from twitterlab.dashboard.state import State, reduce
from twitterlab.model.event import TraceEvent
from twitterlab.world.trace import Trace

SECOND = 1_000_000_000
NAMES = {"america": "washington", "europe": "frankfurt", "asia": "tokyo"}
ORDERS = ("kill", "restart", "partition", "heal", "add")
SIZES = [(80, 24), (100, 30), (160, 50)]


def gauges(dark: str = "", cut: str = "", by: str = "america") -> dict[str, Any]:
    """A second of three continents, of which one may be dark and one cut off."""

    def continent(name: str, city: str) -> dict[str, Any]:
        state = "down" if name == dark else "up"
        return {
            "city": city, "served_per_s": 400, "failing_per_s": 0, "first_percent": 100.0, "home_ms_p50": 4.0,
            "home_ms_p99": 801.0 if name == dark else 9.0, "edge_hit_percent": 61.2,
            "served_by": {by if name == dark else name: 100.0},
            "machines": dict.fromkeys(("s1", "s2", "g1", "e1"), state),
            "shards": {"s1": 50, "s2": 150} if state == "up" else {"s1": 0, "s2": 0},
        }  # fmt: skip

    pairs = (("america", "europe"), ("america", "asia"), ("europe", "asia"))
    links = [[one, other, "cut" if cut in (one, other) else "up", 91.0, 120.0, 80.0] for one, other in pairs]
    return {"continents": {name: continent(name, city) for name, city in NAMES.items()}, "links": links}


def events() -> list[TraceEvent]:
    targets = [f"europe-{name}" for name in ("s1", "s2", "g1", "e1")]
    return [
        TraceEvent(0, "state", {"node": "europe-s1", "state": "up"}),
        TraceEvent(1 * SECOND, "regions", gauges()),
        TraceEvent(2 * SECOND, "order", {"text": "kill europe"}),
        TraceEvent(2 * SECOND, "fault", {"phase": "begin", "fault": "Crash", "target": targets}),
        TraceEvent(2 * SECOND, "dropped", {"what": "home", "why": "partition"}),
        TraceEvent(3 * SECOND, "regions", gauges(dark="europe")),
        TraceEvent(4 * SECOND, "regions", gauges()),
    ]


def state_of(found: list[TraceEvent]) -> State:
    state = State()
    for event in found:
        state = reduce(state, event)
    return state


def drive(*keys: str, size=(100, 30), found: list[TraceEvent] | None = None) -> tuple[Dashboard, list[str], str]:
    """Keys on a live run; the app, what was ordered, and the screen."""
    source, ordered = Live(), list[str]()
    for event in found or events()[:2]:
        source.push(event)
    source.push(TraceEvent(SECOND, "breakable", {"what": list(ORDERS)}))

    async def main() -> tuple[Dashboard, list[str], str]:
        app = Dashboard(source, "Week 2 · live", ordered.append)
        async with app.run_test(size=size) as pilot:
            app.look()
            await pilot.pause()
            await pilot.press(*keys)
            await pilot.pause()
            return app, ordered, app.export_screenshot().replace("&#160;", " ")

    return asyncio.run(main())


def test_who_is_served_from_elsewhere_is_news_and_what_is_lost_by_the_thousand_is_not() -> None:
    lines = [line.text for line in state_of(events()).log]

    assert lines == [
        "order: kill europe",
        "Crash on 4 machines of europe begins",
        "europe is served by america",
        "europe is served by europe",
    ]


def test_a_shard_that_is_down_is_shown_so_and_its_load_is_smoothed() -> None:
    europe = next(region for region in state_of(events()).regions if region.name == "europe")

    assert not europe.is_dark
    assert [shard.is_up for shard in europe.shards] == [True, True]
    assert [round(shard.load_per_s, 1) for shard in europe.shards] == [39.5, 118.5]  # 50, 0, 50 and 150, 0, 150
    assert next(region for region in state_of(events()[:6]).regions if region.name == "europe").is_dark


def test_a_history_is_thinned_and_keeps_its_ends() -> None:
    region = state_of(events()).regions
    waits = Waits()
    for second in range(4 * MOST_KEPT):
        waits = waits.plus(second * SECOND, region)

    points = waits.series("america")
    assert len(points) <= MOST_KEPT
    assert points[0][0] == 0.0
    assert points[-1][0] > 0.95 * 4 * MOST_KEPT


@pytest.mark.parametrize(
    ("keys", "lines"),
    [
        (("k",), ["kill america"]),
        (("2", "k"), ["kill europe"]),
        (("right", "right", "k"), ["kill asia"]),
        (("left", "p"), ["partition asia"]),
        (("2", "tab", "tab", "k"), ["kill europe-s2"]),
        (("2", "tab", "k", "shift+tab", "r"), ["kill europe-s1", "restart europe"]),
        (("h", "a"), ["heal", "add"]),
        (("plus", "minus", "minus"), ["pace 4", "pace 2", "pace 1"]),
        (("space", "space"), ["pace 0", "pace 2"]),
    ],
)
def test_keys_order(keys: tuple[str, ...], lines: list[str]) -> None:
    assert drive(*keys)[1] == lines


def test_a_run_that_is_over_takes_no_orders() -> None:
    over = [*events()[:2], TraceEvent(2 * SECOND, "outcome", {"text": "all 5 targets met"})]

    assert drive("k", "p", "a", "plus", found=over)[1] == []


@pytest.mark.parametrize("size", SIZES)
def test_what_matters_is_on_the_screen(size) -> None:
    _, _, shown = drive(size=size)

    for words in ("america", "europe", "asia", "first", "edge", "shards", "91 ms", "lag 120 ms", "kill", "Events"):
        assert words in shown, words
    assert "Throughput" not in shown


def test_the_map_is_there_before_anything_is_measured() -> None:
    blank = {"continents": {name: {"city": city} for name, city in NAMES.items()}, "links": []}

    app, _, shown = drive(found=[TraceEvent(0, "regions", blank)])

    assert app.choice.region == "america"
    assert "europe" in shown
    assert "dark" not in shown


def test_help_is_about_regions_where_there_are_regions() -> None:
    assert "partition the continent" in drive("question_mark")[2]


@pytest.mark.parametrize("keys", [(), ("full_stop",) * 3])
def test_playback_shows_what_live_showed(tmp_path, keys) -> None:
    trace = Trace(1, 0)
    for event in events():
        trace.event(event.at_ns, event.kind, event.fields)
    live, replay = Live(), Replay(lambda: iter(events()))
    for event in events():
        live.push(event)

    played = replay.take(10 * SECOND) if not keys else [event for _ in range(10) for event in replay.step()]

    assert state_of(live.take(0)) == state_of(played)


def test_a_picture_of_a_recorded_run_is_of_the_second_that_was_asked_for(tmp_path) -> None:
    trace = Trace(1, 0)
    for event in events():
        trace.event(event.at_ns, event.kind, event.fields)
    trace.save(tmp_path / "trace.jsonl")

    healthy, dark = (draw(tmp_path, at_s, 100, 30).replace("&#160;", " ") for at_s in (1.0, 3.0))

    assert "✗ dark" not in healthy
    assert "✗ dark" in dark
    assert "@font-face" not in dark
