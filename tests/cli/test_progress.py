"""Progress on standard error."""

from __future__ import annotations

import pytest

from twitterlab.cli import progress


def test_away_from_a_terminal_every_step_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.Bar("week 1") as bar:
        for share in (0.0, 0.1, 0.2):
            bar.show("people sign up", share)
        bar.show("report", 0.9)

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "week 1: people sign up\nweek 1: report\n"


def test_what_ends_at_once_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.Bar("week 9"):
        pass

    assert capsys.readouterr().err == ""


def test_a_slow_start_says_so_meanwhile(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "FIRST_S", 0.0)

    with progress.Bar("week 1") as bar:
        bar._first.join(5)

    assert capsys.readouterr().err == "week 1: starting\n"
