"""Write-through against write-behind, with a process that is really killed."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from solutions.week1.day2_schema import SocialSchema
from twitterlab.parts.schema import Queries
from twitterlab.stage.experiments import write_behind


class Broken(SocialSchema):
    def queries(self) -> Queries:
        return replace(super().queries(), add_tweet="INSERT INTO twets VALUES (:id)")


def test_what_was_committed_before_it_was_acknowledged_survives_every_kill(tmp_path: Path) -> None:
    found = write_behind.run(SocialSchema(), tmp_path, seed=1)

    measured = {figure.name: figure.measured for figure in found.figures}
    assert measured["write_through_lost"] == 0
    assert measured["write_behind_lost"] <= write_behind.KILLS * write_behind.FLUSH_EVERY
    assert measured["write_behind_per_s"] > measured["write_through_per_s"] > 0


def test_statements_that_sqlite_refuses_are_no_clean_result(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="twets"):
        write_behind.run(Broken(), tmp_path, seed=1)
