"""What Prometheus reads, read as Prometheus reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitterlab.edge.metrics import BUCKETS_S, Figure, Metrics

parser = pytest.importorskip(
    "prometheus_client.parser", reason="needs prometheus_client: pip install 'twitterlab[dev]'"
)


def families(text):
    """Name to samples: (labels, value) by the name of the sample."""
    found = {}
    for family in parser.text_string_to_metric_families(text):
        assert family.documentation and family.type != "unknown", family
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


@given(st.lists(st.floats(0, 20), max_size=50))
def test_a_histogram_counts_every_request_in_its_bucket_and_those_above(durations_s):
    metrics = Metrics(lambda: 0)
    for seconds in durations_s:
        metrics.ended("GET", "/x", 200, seconds)

    found = families(metrics.text())

    for labels, count in found.get("twitterlab_http_request_duration_seconds_bucket", []):
        assert count == sum(seconds <= float(labels["le"]) for seconds in durations_s)
    if durations_s:
        ((_, total),) = found["twitterlab_http_request_duration_seconds_count"]
        ((_, sum_s),) = found["twitterlab_http_request_duration_seconds_sum"]
        assert (total, sum_s) == (len(durations_s), pytest.approx(sum(durations_s), abs=1e-5))
        assert len(found["twitterlab_http_request_duration_seconds_bucket"]) == len(BUCKETS_S) + 1


def test_a_figure_of_now_comes_with_its_kind():
    metrics = Metrics(lambda: 0)

    found = families(metrics.text([Figure("live_connections", "gauge", "Open ones.", 12_345_678)]))

    assert found["twitterlab_live_connections"] == [({}, 12_345_678)]


def test_requests_are_told_apart_by_template_and_status(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        for number in range(5):
            await ann.get(f"/api/tweets/{number + 1}")
        await ann.get("/api/home")
        await ann.request("BREW", "/api/home")
        for strange in ("/nothing", '/api/"quoted"\\', "/wp-admin"):
            await ann.get(strange)

        found = families((await ann.get("/metrics")).text)

        counted = {
            (labels["method"], labels["route"], labels["status"]): count
            for labels, count in found["twitterlab_http_requests_total"]
        }
        assert counted == {
            ("POST", "/api/accounts", "201"): 1,
            ("GET", "/api/tweets/{tweet_id}", "404"): 5,
            ("GET", "/api/home", "200"): 1,
            ("other", "/api/home", "405"): 1,
            ("GET", "none", "404"): 3,
        }
        assert found["twitterlab_http_requests_in_progress"] == [({}, 1)]  # the one that asks

    visit(story)


def test_the_backlog_grows_until_the_worker_has_done_its_work(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        before = families((await ann.get("/metrics")).text)
        await ann.post("/api/tweets", json={"text": "hello"})
        waiting = families((await ann.get("/metrics")).text)
        await house.platform.drain()
        after = families((await ann.get("/metrics")).text)

        backlogs = [
            found["twitterlab_outbox_backlog_events"][0][1] + found["twitterlab_fanout_backlog_events"][0][1]
            for found in (before, waiting, after)
        ]
        assert backlogs == [0, 1, 0]
        assert [found["twitterlab_deliveries_total"][0][1] for found in (before, waiting, after)] == [0, 0, 1]

    visit(story)
