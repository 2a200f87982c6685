"""A primary is killed under load: what SQL had acknowledged is everywhere, what one server alone had is not."""

from __future__ import annotations

import pytest

from twitterlab.errors import BadInput
from twitterlab.stage import drill, week1
from twitterlab.stage.options import LabOptions, check
from weeks.week1 import WEEK


@pytest.fixture
def drilled(solutions, valkey_server, monkeypatch):
    """The live run of sixty people with a drill in its middle; figures by name, and the report. Skips without a
    server."""

    monkeypatch.setattr(drill, "LAG_MS", 3_000)  # so that somebody posts meanwhile on a slow machine too

    def run(engine):
        report = week1.live(WEEK, solutions, LabOptions(users=40, seconds=10, engine=engine, failover=True))
        return {figure.name: figure.measured for figure in report.figures}, report

    return run


@pytest.mark.slow
def test_a_cluster_fails_over_and_moves_slots_and_no_tweet_committed_in_sql_is_lost(drilled):
    measured, report = drilled("valkey-cluster")

    assert measured["lost_deliveries"] == measured["strange_deliveries"] == measured["shown_twice"] == 0
    assert measured["failed_operations"] == 0
    assert measured["failover_window_ms"] > 1_000
    assert measured["slots_moved"] > 1_000
    assert 0 < measured["log_alone_lost"] < measured["log_alone_acknowledged"]
    assert report.is_clean


@pytest.mark.slow
def test_sentinels_promote_the_replica_and_no_tweet_committed_in_sql_is_lost(drilled):
    measured, report = drilled("sentinel")

    assert measured["lost_deliveries"] == measured["strange_deliveries"] == measured["shown_twice"] == 0
    assert measured["failed_operations"] == 0
    assert measured["failover_window_ms"] > 500
    assert 0 < measured["log_alone_lost"] < measured["log_alone_acknowledged"]
    assert report.is_clean


@pytest.mark.slow
def test_the_synchronous_standby_is_promoted_and_no_acknowledged_tweet_is_lost(drilled, postgres_server):
    measured, report = drilled("postgres-replica")

    assert measured["lost_deliveries"] == measured["strange_deliveries"] == measured["shown_twice"] == 0
    assert measured["failover_window_ms"] > 0
    assert "log_alone_lost" not in measured
    assert report.is_clean


def test_an_engine_without_a_replica_is_told_at_once():
    with pytest.raises(BadInput, match=r"nothing takes over on sqlite\. Add --engine valkey-cluster"):
        check(LabOptions(failover=True))


def test_a_run_that_ends_before_the_replica_takes_over_is_told_at_once():
    with pytest.raises(BadInput, match=r"a failover takes longer than 3 s"):
        check(LabOptions(engine="valkey-cluster", failover=True, seconds=3))


@pytest.mark.slow
def test_a_primary_that_is_killed_on_order_comes_back_and_nothing_is_lost(solutions, valkey_server, tmp_path):
    orders, told = tmp_path / "orders", []

    def tell(event):
        told.append(event)
        if event[1] == "pulse" and not orders.exists():
            orders.write_text("primary\n")

    options = LabOptions(users=40, seconds=6, engine="valkey-cluster", orders=orders, tell=tell)
    report = week1.live(WEEK, solutions, options)

    measured = {figure.name: figure.measured for figure in report.figures}
    assert measured["lost_deliveries"] == measured["failed_operations"] == 0
    assert next(fields["what"] for _, kind, fields in told if kind == "breakable")[-1] == "primary"
    faults = [(fields["phase"], fields["fault"]) for _, kind, fields in told if kind == "fault"]
    assert faults == [("begin", "KillPrimary"), ("end", "KillPrimary")]
