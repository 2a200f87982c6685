"""The whole-Twitter load in short: what it reports; not how fast this machine is."""

from __future__ import annotations

import numpy as np
import pytest

from solutions.week1.day1_snowflake import Snowflake
from solutions.week1.day5_meter import LatencyMeter
from twitterlab.errors import BadInput
from twitterlab.parts.blueprint import Blueprint
from twitterlab.stage.whole_growth import run as growth
from twitterlab.stage.whole_options import WholeOptions
from twitterlab.stage.whole_setup import settle
from twitterlab.stage.whole_twitter import run
from twitterlab.storage.arrays.accounts import FIRST_ID, ID_STEP
from twitterlab.storage.arrays.batches import LARGE, ArrayBatches
from twitterlab.storage.batches import NewTweets

PARTS = Blueprint(snowflake=Snowflake, meter=LatencyMeter)
NEWER = 1 << 62


@pytest.mark.slow
def test_a_short_load_loses_nothing_and_reports_every_promise():
    report = run(PARTS, WholeOptions(2_000, 0.5, reads_per_s=10_000, posts_per_s=500))
    figures = {figure.name: figure for figure in report.figures}

    promised = [name for name, figure in figures.items() if figure.target is not None]
    assert promised == [
        "home_reads_per_s", "posts_per_s", "followers_a_post", "home_read_ms_p99", "post_to_visible_ms_p99",
        "memory_gib", "setup_s", "lost_deliveries",
    ]  # fmt: skip
    assert figures["lost_deliveries"].measured == 0
    assert figures["home_reads_per_s"].verdict == "missed"  # so few were offered
    assert figures["posts_per_s"].measured > 0
    assert 18 < figures["tweets_a_page"].measured <= 20
    assert {(figure.source, figure.engine) for figure in report.figures} == {("live", "arrays")}
    assert report.operations == 5_000 + 250


def test_a_timeline_that_lost_a_delivery_is_counted():
    whole = settle(2_000, 1, lambda step, share: None)
    batches = ArrayBatches(whole.state, whole.timelines)
    author = int(np.argmax(np.diff(whole.population.starts)))
    batches.add(NewTweets([NEWER], [FIRST_ID + ID_STEP * author], [b"hello"], 1))

    lost, due = whole.lost()

    assert lost == due == np.diff(whole.population.starts)[author]
    batches.fan_out(NEWER)
    assert whole.lost() == (0, due)


@pytest.mark.slow
def test_a_huge_account_waits_behind_everybody_else():
    whole = settle(150_000, 1, lambda step, share: None)
    batches = ArrayBatches(whole.state, whole.timelines)
    followers = np.diff(whole.population.starts)
    huge, small = int(np.argmax(followers)), int(np.argmax((followers > 0) & (followers < 50)))
    assert followers[huge] > LARGE
    batches.add(NewTweets([NEWER], [FIRST_ID + ID_STEP * huge], [b"to many"], 1))
    batches.add(NewTweets([NEWER + 1], [FIRST_ID + ID_STEP * small], [b"to few"], 1))

    reached = [batches.fan_out(NEWER), batches.fan_out(NEWER + 1)]
    later = []
    while delivered := batches.fan_out_large():
        later.append(delivered)

    assert reached == [0, followers[small]]
    assert sum(later) == followers[huge]
    assert whole.lost()[0] == 0


@pytest.mark.slow
def test_the_people_of_an_edge_list_are_read_for(tmp_path):
    edges = tmp_path / "ring.edges"
    edges.write_text("\n".join(f"{person} {(person + step) % 90}" for person in range(90) for step in (1, 2, 3)))

    report = run(PARTS, WholeOptions(10_000, 0.2, reads_per_s=5_000, posts_per_s=500, graph=edges))

    figures = {figure.name: figure.measured for figure in report.figures}
    assert (report.users, report.follows) == (90, 540)
    assert figures["followers_a_post"] == figures["follows_a_user"] == 6
    assert figures["lost_deliveries"] == 0


@pytest.mark.parametrize("seconds", [0, -1, 601])
def test_a_load_that_cannot_be_run_is_said(seconds):
    with pytest.raises(BadInput, match="cannot run for"):
        run(PARTS, WholeOptions(100, seconds))


def test_growth_is_reported_by_size():
    report = growth(WholeOptions(10_000))
    figures = {figure.name: figure.measured for figure in report.figures}

    assert figures["reads_per_core_s_1000"] > 0
    assert 0.9 < figures["memory_exponent"] < 1.15  # a thousand people follow fewer: 63 of them, not 75
    with pytest.raises(BadInput, match="one size"):
        growth(WholeOptions(5_000))
