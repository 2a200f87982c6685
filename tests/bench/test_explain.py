"""A run in words."""

from __future__ import annotations

from dataclasses import replace

from twitterlab.bench.explain import explain
from twitterlab.bench.report import PartUse, Report
from twitterlab.model.event import TraceEvent
from twitterlab.model.figure import Figure, Target

MET = Figure("home_read_ms_p99", "ms", 11.3, "live", "sqlite+fakeredis", Target("<", 200))
MISSED = Figure("lost_deliveries", "deliveries", 7, "live", "sqlite+fakeredis", Target("==", 0), "judged by the oracle")
REPORT = Report(
    1, 1_000, 21_365, 1, {"queue": PartUse("mine", 9), "cache": PartUse("reference", 4)}, 10_000, (MET, MISSED),
    blames={"lost_deliveries": ("queue", "cache")},
)  # fmt: skip
EVENTS = (
    TraceEvent(1_000_000_000, "read", {"ms": 3.0, "ok": True}),
    TraceEvent(2_000_000_000, "post", {"ms": 3.0, "ok": False}),
    TraceEvent(2_500_000_000, "pulse", {"home_ms_p99": 80.0, "queue_events": 40, "outbox_events": 2}),
    TraceEvent(3_000_000_000, "pulse", {"home_ms_p99": None, "queue_events": 0, "outbox_events": 0}),
    TraceEvent(3_500_000_000, "fault", {"phase": "begin", "fault": "KillWorker", "target": ["worker-0"]}),
)


def test_it_says_what_was_missed_whose_part_it_was_and_what_to_type():
    words = explain(REPORT, EVENTS)

    assert "1 of 2 promises were kept" in words
    assert "lost_deliveries: 7 deliveries, promised = 0. Look at queue (mine)." in words
    assert "judged by the oracle" in words
    assert "`twitterlab check queue`" in words and "check cache" not in words
    assert "Your parts: queue." in words


def test_it_says_what_happened_and_when():
    words = explain(REPORT, EVENTS)

    for said in (
        "3.5 s",
        "1 reads, 1 posts",
        "Failed: 1 posts",
        "at 2.5 s",
        "80 ms",
        "42 events waited",
        "KillWorker worker-0",
    ):
        assert said in words, said


def test_a_clean_run_without_a_trace_has_little_to_say():
    words = explain(replace(REPORT, figures=(MET,)), ())

    assert "All 1 promises were kept." in words
    assert "Look at" not in words and "Open the report." in words
