"""A recorded run that stands still: the same events each time, with everything that the dashboard shows."""

from __future__ import annotations

from math import exp, sin
from pathlib import Path
from typing import Any

import pytest

from twitterlab.bench import run_folder
from twitterlab.bench.report import PartUse, Report
from twitterlab.model.figure import Figure, Target
from twitterlab.world.trace import Trace

SECONDS = 20
PARTS = {
    "snowflake": PartUse("mine", 1_460),
    "schema": PartUse("reference", 61),
    "cache": PartUse("mine", 48_212),
    "queue": PartUse("reference", 9_120),
    "meter": PartUse("reference", 11_530),
}


def pulse(number: int) -> dict[str, Any]:
    """The gauges after `number` quarters of a second; the worker is dead from 12 s to 13 s."""
    at_s = number / 4
    stall = exp(-((at_s - 13) ** 2)) if at_s > 12 else 0.0
    wave = 1 + 0.15 * sin(at_s)
    return {
        "operations": int(430 * at_s), "operations_per_s": 430 * wave, "reads_per_s": 390 * wave,
        "posts_per_s": 14 * wave, "deliveries_per_s": 420 * wave * (1 - stall), "home_ms_p50": 1.4 * wave,
        "home_ms_p99": 9 * wave + 60 * stall, "home_ms_p999": 18 * wave + 150 * stall, "run_ms_p99": 11.3,
        "cache_hit_percent": 96 * (1 - exp(-at_s)), "queue_events": int(2 + 380 * stall), "outbox_events": int(9 * wave),
        "errors": 0,
    }  # fmt: skip


def trace() -> Trace:
    """Twenty seconds of a live run."""
    made = Trace(1, 0)

    def at(at_s: float, kind: str, **fields: Any) -> None:
        made.event(int(at_s * 1e9), kind, fields)

    at(0, "step", text="people sign up", share=0.0)
    for number in range(1, 4 * SECONDS + 1):
        at(number / 4, "pulse", **pulse(number))
        at(number / 4, "slow", what="read", ms=10.0 + number % 37, user_id=1000 + number, ok=True)
        if number == 8:
            at(2, "step", text="people read and post", share=0.1)
        if number == 48:
            at(12, "fault", phase="begin", fault="KillWorker", target=["worker-0"], settings={})
        if number == 52:
            at(13, "fault", phase="end", fault="KillWorker", target=["worker-1"], settings={})
            at(13, "log", node="worker-1", text="takes over what worker-0 left")
    return made


def report() -> Report:
    """One target met, one missed by the student's queue."""
    figures = (
        Figure("home_read_ms_p99", "ms", 11.3, "live", "sqlite", Target("<", 200), "from intended start"),
        Figure("repeated_deliveries", "deliveries", 3, "live", "sqlite", Target("==", 0), "pushed or shown again"),
        Figure("posts_per_s", "posts/s", 14.1, "live", "sqlite"),
    )
    return Report(
        1, 1_000, 25_000, 1, PARTS, 8_600, figures, trace(), blames={"repeated_deliveries": ("queue", "cache")}
    )


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder."""
    run_folder.write(report(), tmp_path / "run")
    return tmp_path / "run"
