"""The side-by-side run in short: both sides do the work they are said to do; not how fast this machine is."""

from __future__ import annotations

import numpy as np
import pytest

from solutions.week1.day1_snowflake import Snowflake
from solutions.week1.day5_meter import LatencyMeter
from twitterlab.bench.whole_population import whole_population
from twitterlab.errors import BadInput
from twitterlab.parts.blueprint import Blueprint
from twitterlab.servers import valkey
from twitterlab.servers.valkey import VALKEY
from twitterlab.stage import feed_package, retwis
from twitterlab.stage.retwis import here, run
from twitterlab.stage.retwis_clone import CAPACITY, PAGE, Rates, Retwis, thinned, workload_of
from twitterlab.stage.whole_options import WholeOptions
from twitterlab.storage.arrays.filtered import FilteredBatches
from twitterlab.storage.durable_arrays import DurableArrays

PARTS = Blueprint(snowflake=Snowflake, meter=LatencyMeter)
PACKAGE = Rates(10_000.0, 2_000.0, 20.0)
needs_valkey = pytest.mark.skipif(VALKEY.find() is None, reason="no valkey-server")


@pytest.fixture
def short(monkeypatch):
    for name, value in (("WARM", 400), ("TWEETS", 100), ("READS", 300), ("ROUNDS", 1), ("A_BATCH", 100)):
        monkeypatch.setattr(retwis, name, value)


def small():
    return workload_of(thinned(whole_population(300, 1), 10), 100, 300, 400)


def figures_of(report):
    return {figure.name: figure for figure in report.figures}


def expected(workload, authors, reader):
    """The newest tweets of whom somebody follows and of themselves, by number, newest first."""
    wanted = [
        number for number, author in enumerate(authors.tolist(), 1)
        if author == reader or reader in workload.followers(author).tolist()
    ]  # fmt: skip
    return wanted[::-1]


@needs_valkey
@pytest.mark.parametrize("is_scripted", [False, True])
def test_the_clone_keeps_true_timelines_and_reads_whole_pages(is_scripted):
    from redis import Redis

    workload = small()
    with valkey.open(settings=valkey.VOLATILE) as server, Redis(**server.address()) as client:
        clone = Retwis(client, workload, is_scripted)
        clone.post(workload.authors)

        for reader in range(0, 300, 17):
            page = expected(workload, workload.authors, reader)[:PAGE]
            assert [int(member) for member in client.zrevrange(f"home:{reader}", 0, PAGE - 1)] == page
            assert clone.read(np.array([reader])) == len(page)
        assert client.mget(["tweet:1"])[0].startswith(b"1125")


@needs_valkey
def test_the_clone_trims_its_timelines(monkeypatch):
    from redis import Redis

    workload = small()
    author = int(np.argmax(np.diff(workload.population.starts)))
    with valkey.open(settings=valkey.VOLATILE) as server, Redis(**server.address()) as client:
        Retwis(client, workload, True).post(np.full(CAPACITY + 5, author))

        assert client.zcard(f"home:{author}") == CAPACITY


@pytest.mark.slow
@needs_valkey
def test_both_sides_are_reported_and_the_fair_row_carries_the_claim(short):
    report = run(PARTS, WholeOptions(1_000), lambda workload: PACKAGE)
    figures = figures_of(report)

    promised = [name for name, figure in figures.items() if figure.target is not None]
    assert promised == [
        "fair_deliveries_times", "fair_reads_times", "plain_deliveries_times", "plain_reads_times",
        "package_deliveries_times", "package_reads_times",
    ]  # fmt: skip
    assert figures["retwis_reads_per_core_s"].engine.startswith("valkey")
    times = figures["fair_deliveries_times"].measured
    ours, theirs = (figures[f"{row}_deliveries_per_core_s"].measured for row in ("fair", "retwis"))
    assert times == pytest.approx(ours / theirs)


@pytest.mark.slow
@needs_valkey
def test_where_the_package_cannot_be_installed_there_is_no_row_and_a_line_why(short):
    report = run(PARTS, WholeOptions(1_000), lambda workload: "no network")

    assert not [name for name in figures_of(report) if name.startswith(("package", "stream"))]
    assert {plot.note for plot in report.plots} == {"no network"}


def test_the_fair_row_writes_filters_and_rebuilds(short, monkeypatch):
    flushes, hidden, rebuilt = [], [], []
    kept, mask, rebuild = retwis.create, FilteredBatches._hidden, FilteredBatches.rebuild
    opened: list[DurableArrays] = []

    def create(*arguments):
        opened.append(kept(*arguments))
        flush = opened[0].journal._flush_once

        async def flush_once():
            flushes.append(opened[0].journal.bytes)
            await flush()

        opened[0].journal._flush_once = flush_once
        return opened[0]

    def masked(self, pages, users, rows):
        found = mask(self, pages, users, rows)
        hidden.append(0 if found is None else int(found.sum()))
        return found

    monkeypatch.setattr(retwis, "create", create)
    monkeypatch.setattr(FilteredBatches, "_hidden", masked)
    monkeypatch.setattr(FilteredBatches, "rebuild", lambda self, ids: rebuilt.append(len(ids)) or rebuild(self, ids))

    rates = here(PARTS, small(), 1, is_fair=True)

    assert len(flushes) >= 5
    assert opened[0].journal.bytes > 500 * 60  # every text of 65 bytes is in it
    assert sum(hidden) > 50
    assert rebuilt == [1, 1, 1]
    assert 0 < rates.tweets_a_page < here(PARTS, small(), 1, is_fair=False).tweets_a_page


def test_a_package_that_cannot_be_installed_says_why(monkeypatch):
    monkeypatch.setattr(feed_package, "PACKAGES", ("a package with no such name",))

    said = feed_package.on_stream_framework(small())

    assert isinstance(said, str)
    assert said.startswith("stream-framework cannot be installed or run here: ")


def test_thinning_leaves_out_follows_and_nobody():
    whole = whole_population(2_000, 1)

    thin = thinned(whole, 50)

    assert thin.follows / thin.users == pytest.approx(50, rel=0.02)
    for index in range(0, 2_000, 97):
        mine = thin.others[thin.starts[index] : thin.starts[index + 1]]
        assert set(mine.tolist()) <= set(whole.others[whole.starts[index] : whole.starts[index + 1]].tolist())


@pytest.mark.parametrize("users", [50, 1_000_000])
def test_a_population_that_cannot_be_compared_is_said(users):
    with pytest.raises(BadInput, match="cannot compare"):
        run(PARTS, WholeOptions(users))
