"""Down and up again, in short: what was acknowledged is there, and what is missing is counted."""

from __future__ import annotations

import pytest

from solutions.week1.day1_snowflake import Snowflake
from solutions.week1.day5_meter import LatencyMeter
from twitterlab.parts.blueprint import Blueprint
from twitterlab.stage import restart
from twitterlab.stage.restart import run
from twitterlab.stage.whole_options import WholeOptions
from twitterlab.storage.arrays import journal

PARTS = Blueprint(snowflake=Snowflake, meter=LatencyMeter)
SMALL = WholeOptions(2_000)


@pytest.fixture
def short(monkeypatch):
    for name, value in (("BATCHES", 12), ("A_BATCH", 50), ("UNDELIVERED", 4)):
        monkeypatch.setattr(restart, name, value)


def figures_of(report):
    return {figure.name: figure for figure in report.figures}


def test_nothing_acknowledged_is_lost_and_the_undelivered_is_delivered(short):
    figures = figures_of(run(PARTS, SMALL))

    assert figures["lost_tweets"].measured == 0
    assert figures["lost_tweets"].note == "of 600 acknowledged"
    assert figures["lost_deliveries"].measured == 0
    assert figures["journal_bytes_a_tweet"].measured > 40
    assert figures["snapshot_gib"].measured > 0


def test_a_journal_that_loses_its_end_is_noticed(short, monkeypatch):
    records = journal.records

    def without_the_last(path):
        yield from list(records(path))[:-3]

    monkeypatch.setattr("twitterlab.storage.durable_arrays.records", without_the_last)

    assert figures_of(run(PARTS, SMALL))["lost_tweets"].verdict == "missed"
