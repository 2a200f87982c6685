"""`twitterlab dashboard --picture`: a recorded run as a picture, without a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from twitterlab.cli.dashboard import dashboard
from twitterlab.errors import BadInput
from twitterlab.world.trace import Trace


@pytest.fixture
def run(tmp_path: Path) -> Path:
    trace = Trace(1, 0)
    trace.event(1_000_000_000, "log", {"node": "somebody", "text": "said-something"})
    trace.save(tmp_path / "trace.jsonl")
    return tmp_path


def test_a_picture_is_written_and_nothing_is_opened(run: Path, tmp_path: Path, capsys) -> None:
    dashboard(run, tmp_path / "it.svg", None, "90x25")

    drawn = (tmp_path / "it.svg").read_text(encoding="utf-8")
    assert drawn.startswith("<svg")
    assert "said-something" in drawn
    assert "it.svg" in capsys.readouterr().out


@pytest.mark.parametrize("size", ["wide", "100", "100x", "10x10", "100x30x2", "9999x30"])
def test_a_size_that_is_none_is_bad_input(run: Path, tmp_path: Path, size: str) -> None:
    with pytest.raises(BadInput, match="no size"):
        dashboard(run, tmp_path / "it.svg", None, size)
