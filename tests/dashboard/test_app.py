"""The dashboard driven by keys, without a terminal."""

from __future__ import annotations

import asyncio

import pytest

from twitterlab.dashboard.app import Dashboard
from twitterlab.dashboard.recorded import replay

SIZES = [(80, 24), (200, 60)]


def drive(run, size, *keys):
    """Replay the run to its end, press keys, and give the app and what is on its screen."""

    async def main():
        source, _ = replay(run)
        app = Dashboard(source, "Week 1 · run")
        async with app.run_test(size=size) as pilot:
            app._see(lambda: source.take(60_000_000_000))
            app._show()
            await pilot.press(*keys)
            await pilot.pause()
            return app, app.export_screenshot()

    return asyncio.run(main())


@pytest.mark.parametrize("size", SIZES)
def test_what_matters_is_on_the_screen_at_both_sizes(run, size):
    app, picture = drive(run, size)

    text = picture.replace("&#160;", " ")
    for words in ("p99", "cache", "queue", "mine", "worker"):
        assert words in text, words
    assert app.state.operations > 0
    assert "missed" in app.state.outcome


@pytest.mark.parametrize("size", SIZES)
def test_pause_step_search_help_and_quit_are_keys(run, size):
    app, _ = drive(run, size, "space")
    assert app.is_paused
    _, picture = drive(run, size, "slash", *"worker", "enter")
    assert "worker" in picture
    _, picture = drive(run, size, "question_mark")
    assert "pause" in picture
    drive(run, size, "q")


def test_a_replay_can_be_stepped_and_rewound(run):
    app, _ = drive(run, (80, 24), "r", "full_stop", "full_stop")
    assert app.is_paused
    assert app.state.outcome == ""
    assert 0 <= app.state.at_ns < 2_000_000_000
