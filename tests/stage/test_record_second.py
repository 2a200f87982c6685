"""The record second in short: nothing is lost, and what is lost is counted; not how fast this machine is."""

from __future__ import annotations

import numpy as np
import pytest

from solutions.week1.day1_snowflake import Snowflake
from solutions.week1.day5_meter import LatencyMeter
from twitterlab.errors import BadInput
from twitterlab.parts.blueprint import Blueprint
from twitterlab.stage import record_second
from twitterlab.stage.record_second import RECORD_PER_S, batches_of, run
from twitterlab.stage.whole_options import WholeOptions
from twitterlab.stage.whole_setup import settle
from twitterlab.storage.arrays.batches import ArrayBatches

PARTS = Blueprint(snowflake=Snowflake, meter=LatencyMeter)
SMALL = WholeOptions(2_000, 0.2, reads_per_s=10_000, posts_per_s=500)
NOTHING_LOST = ("lost_tweets", "unanswered_posts", "lost_deliveries", "hidden_tweets")


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(record_second, "LEAD_S", 0.1)
    monkeypatch.setattr(record_second, "OFFERED_PER_S", 10_000)


def figures_of(report):
    return {figure.name: figure for figure in report.figures}


@pytest.mark.slow
def test_a_burst_is_drained_and_nothing_is_lost(short):
    report = run(PARTS, SMALL)
    figures = figures_of(report)

    assert [figures[name].measured for name in NOTHING_LOST] == [0, 0, 0, 0]
    assert figures["drain_s"].verdict == "met"
    assert figures["burst_posts_per_s"].target.bound == RECORD_PER_S
    assert figures["burst_posts_per_s"].verdict == "missed"  # so few were offered
    assert {line.label for plot in report.plots for line in plot.lines} >= {
        "acknowledged, not fanned out",
        "due, not acknowledged",
    }


@pytest.mark.slow
def test_a_worker_that_drops_a_batch_is_noticed(short, monkeypatch):
    fan_out, dropped = ArrayBatches.fan_out, []

    def forgetful(self, first_id):
        if len(dropped) < 3:
            dropped.append(self.waiting.pop(first_id))
            return 0
        return fan_out(self, first_id)

    monkeypatch.setattr(ArrayBatches, "fan_out", forgetful)

    assert figures_of(run(PARTS, SMALL))["lost_deliveries"].verdict == "missed"


@pytest.mark.slow
def test_a_tweet_that_was_acknowledged_and_is_gone_is_noticed(short, monkeypatch):
    add = ArrayBatches.add

    def forgetful(self, tweets):
        add(self, tweets)
        self._rows.remove(self._rows.row(tweets.ids[0]))

    monkeypatch.setattr(ArrayBatches, "add", forgetful)

    assert figures_of(run(PARTS, SMALL))["lost_tweets"].measured > 0


def test_the_burst_has_its_rate_between_two_stretches_of_the_usual_one():
    batches = batches_of(settle(2_000, 1, lambda step, share: None), WholeOptions(2_000, 1.0, posts_per_s=500))

    burst = [batch for batch in batches if batch.is_burst]
    assert sum(len(batch.authors) for batch in burst) == pytest.approx(record_second.OFFERED_PER_S, rel=0.001)
    assert burst[0].due_ns == record_second.LEAD_S * 1e9
    assert burst[-1].due_ns < burst[0].due_ns + 1e9
    assert np.all(np.diff([batch.due_ns for batch in batches]) > 0)


@pytest.mark.parametrize("seconds", [0, 31])
def test_a_burst_that_cannot_be_run_is_said(seconds):
    with pytest.raises(BadInput, match="cannot burst"):
        run(PARTS, WholeOptions(100, seconds))
