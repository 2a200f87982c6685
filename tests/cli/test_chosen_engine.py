"""Which engine a command was asked for."""

from __future__ import annotations

import pytest

from twitterlab.cli import chosen_engine as room
from twitterlab.cli.app import run
from twitterlab.cli.chosen_engine import chosen_engine
from twitterlab.errors import BadInput
from twitterlab.storage import engines


@pytest.mark.parametrize(
    ("name", "is_real", "chosen"),
    [
        (None, False, None),
        ("embedded", False, "sqlite"),
        ("memory", False, "memory"),
        (None, True, "postgres"),
        ("real", False, "postgres"),
        ("postgres", True, "postgres"),
    ],
)
def test_every_name_leads_to_the_engine_that_a_report_names(name, is_real, chosen):
    assert chosen_engine(name, is_real) == chosen


def test_two_answers_to_one_question_are_refused():
    with pytest.raises(BadInput, match="two engines"):
        chosen_engine("sqlite", True)


@pytest.mark.parametrize("command", [("week", "1"), ("serve",)])
def test_a_wrong_name_ends_with_exit_code_2_and_the_list(command, capsys):
    assert run([*command, "--engine", "oracle"]) == 2

    said = capsys.readouterr().err
    assert "no engine 'oracle'" in said
    assert all(name in said for name in (*engines.ENGINES, *engines.ALSO_CALLED))


def test_the_help_names_every_engine():
    assert all(name in room.ENGINES for name in (*engines.ENGINES, "embedded"))
