"""A backend in a process of its own: killed and started again it is at the same place, and nothing is forgotten."""

from __future__ import annotations

import asyncio
import sys

import pytest

from twitterlab.stage.regional.live.envoy.backend import Mood, arrivals, mood_path
from twitterlab.stage.regional.live.envoy.child import Child
from twitterlab.stage.regional.live.envoy.http_client import Client, Lost

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="processes are started on Linux and macOS only"),
]


@pytest.fixture
def child(tmp_path):
    made = Child("backend", tmp_path / "b1", {"name": "b1", "seed": 1, "service": [(0.0, 0.1), (1.0, 0.2)]})
    made.start()
    yield made
    made.stop()


def ask(child, *paths):
    async def go():
        client = Client()
        try:
            return [(await client.ask(child.port, path, method)).status for method, path in paths]
        finally:
            client.close()

    return asyncio.run(go())


def test_it_fails_as_often_as_it_is_told(child):
    page = ("GET", "/page")

    statuses = ask(child, page, ("POST", mood_path(Mood(fails=1))), page, ("POST", mood_path(Mood())), page)

    assert statuses == [200, 200, 500, 200, 200]
    assert len(arrivals(child.folder)) == 3


def test_killed_and_started_again_it_is_at_the_same_place_and_its_arrivals_are_kept(child):
    port = child.port
    ask(child, ("GET", "/page"), ("GET", "/page"))

    child.kill()
    with pytest.raises(Lost):
        ask(child, ("GET", "/page"))
    child.start()

    assert child.port == port
    assert ask(child, ("GET", "/page")) == [200]
    assert len(arrivals(child.folder)) == 3
