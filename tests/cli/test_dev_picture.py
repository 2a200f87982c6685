"""The picture of a run is what the terminal shows, and asks no other machine for anything."""

from __future__ import annotations

import re
from pathlib import Path

from twitterlab.bench.report import Report
from twitterlab.cli.dev_picture import drawn
from twitterlab.model.figure import Figure, Target
from twitterlab.world.trace import Trace

ROOT = Path(__file__).resolve().parents[2]


def test_the_picture_holds_the_command_and_the_figures() -> None:
    figure = Figure("lost_deliveries", "deliveries", 0, "live", "sqlite", Target("==", 0))
    report = Report(1, 1_000, 21_365, 1, {}, 10_000, (figure,), Trace())

    words = re.sub(r"<[^>]*>", "", drawn(report)).replace("&#160;", " ")

    assert "$ twitterlab week 1" in words
    assert "lost_deliveries" in words and "met" in words
    assert "1,000 people, 21,365 follows" in words


def test_the_committed_picture_fetches_nothing() -> None:
    picture = (ROOT / "docs" / "img" / "week1.svg").read_text(encoding="utf-8")

    assert "@font-face" not in picture
    assert not re.search(r"(href|src|url\()\s*=?\s*[\"']?https?:", picture)
    assert "failed_operations" in picture
