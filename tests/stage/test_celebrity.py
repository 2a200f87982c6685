"""A tweet to many: what is counted, in short; not how fast this machine is."""

from __future__ import annotations

import numpy as np
import pytest

from solutions.week1.day1_snowflake import Snowflake
from solutions.week1.day5_meter import LatencyMeter
from twitterlab.bench.whole_population import whole_population
from twitterlab.errors import BadInput
from twitterlab.parts.blueprint import Blueprint
from twitterlab.stage import celebrity
from twitterlab.stage.celebrity import run, with_celebrities
from twitterlab.stage.whole_options import WholeOptions
from twitterlab.storage.arrays import batches
from twitterlab.storage.arrays.hybrid import HybridBatches

PARTS = Blueprint(snowflake=Snowflake, meter=LatencyMeter)
USERS, MOST = 22_000, 20_000
SLICE = 500


@pytest.fixture
def short(monkeypatch):
    for module, name, value in (
        (celebrity, "HISTORY_BATCHES", 3), (celebrity, "READ_BATCHES", 2), (celebrity, "ROUNDS", 2),
        (celebrity, "SLICE", SLICE), (batches, "SLICE", SLICE), (batches, "LARGE", 100),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)


def figures_of(report):
    return {figure.name: figure for figure in report.figures}


@pytest.mark.slow
def test_a_small_account_is_served_before_the_many_and_in_order_after_them(short):
    figures = figures_of(run(PARTS, WholeOptions(USERS)))

    assert figures["deliveries_before_small"].measured <= 2 * SLICE
    assert figures["deliveries_before_small"].verdict == "met"
    assert figures["deliveries_before_small_in_order"].measured == MOST
    assert figures["small_visible_ms"].measured < figures["small_visible_ms_in_order"].measured


@pytest.mark.slow
def test_a_hybrid_that_pushes_after_all_is_noticed(short, monkeypatch):
    monkeypatch.setattr(HybridBatches, "_put_aside", batches.ArrayBatches._put_aside)
    monkeypatch.setattr(batches, "SLICE", 20)
    monkeypatch.setattr(celebrity, "FLAT_TIMES", 20.0)

    assert figures_of(run(PARTS, WholeOptions(USERS)))["pull_growth"].verdict == "missed"


def test_a_celebrity_has_as_many_followers_as_asked_and_nobody_else_changes():
    before = whole_population(500, 1)

    after = with_celebrities(before, {1: 400, 3: 40})

    assert np.diff(after.starts)[[1, 3]].tolist() == [400, 40]
    for index in range(500):
        mine = after.others[after.starts[index] : after.starts[index + 1]]
        assert np.all(np.diff(mine) > 0)
        assert index not in mine
        if index not in (1, 3):
            assert mine.tolist() == before.others[before.starts[index] : before.starts[index + 1]].tolist()


def test_too_few_people_for_a_celebrity_is_said():
    with pytest.raises(BadInput, match="too few for celebrities"):
        run(PARTS, WholeOptions(1_000))
