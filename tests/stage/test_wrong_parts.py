"""What a wrong part looks like in the figures of a lab: each mistake shows, and nothing else does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from solutions.week1.day1_snowflake import Snowflake
from solutions.week1.day3_cache import AsideCache
from solutions.week1.day4_queue import FanoutQueue
from solutions.week1.day5_meter import LatencyMeter
from twitterlab.bench.report import Report
from twitterlab.errors import BadInput
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.queue import Deliveries, Event
from twitterlab.parts.snowflake import IdFields, Wait
from twitterlab.stage import judging, live, people, visibility

Lab = Callable[..., Report]


def missed(report: Report) -> set[str]:
    """Names of exact promises that were broken; times depend on the machine."""
    return {
        figure.name
        for figure in report.figures
        if figure.verdict == "missed" and figure.target and figure.target.comparison == "=="
    }


def measured(report: Report, name: str) -> float:
    return next(figure.measured for figure in report.figures if figure.name == name)


class RepeatingIds(Snowflake):
    """No sequence: every id of a millisecond is the same."""

    def next_id(self, now_ms: int) -> int | Wait:
        return self.encode(IdFields(now_ms, self._machine, 0))


class ImmortalCache(AsideCache):
    """Whatever is kept is kept for ever."""

    def __init__(self, redis: Any, clock: Any, chance: Any) -> None:
        super().__init__(_NeverExpires(redis), clock, chance)


class _NeverExpires:
    """A client whose pipelines forget to set lifetimes."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis

    def pipeline(self, **options: Any) -> Any:
        pipe = self._redis.pipeline(**options)
        pipe.pexpire = lambda *_: pipe
        return pipe

    def __getattr__(self, name: str) -> Any:
        return getattr(self._redis, name)


class DroppingQueue(FanoutQueue):
    """Every other event is finished without being delivered."""

    async def work(self, deliveries: Deliveries) -> int:
        return await super().work(_Dropping(deliveries))


class _Dropping:
    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries

    async def recipients(self, event: Event) -> Sequence[int]:
        return [] if event.id % 2 else await self._deliveries.recipients(event)

    async def missing(self, event: Event, user_ids: Sequence[int]) -> Sequence[int]:
        return await self._deliveries.missing(event, user_ids)

    async def deliver(self, event: Event, user_ids: Sequence[int]) -> None:
        await self._deliveries.deliver(event, user_ids)


class RepeatingQueue(FanoutQueue):
    """Asks nobody whether it was there before, and delivers everything twice."""

    async def work(self, deliveries: Deliveries) -> int:
        return await super().work(_Twice(deliveries))


class _Twice(_Dropping):
    async def recipients(self, event: Event) -> Sequence[int]:
        return await self._deliveries.recipients(event)

    async def deliver(self, event: Event, user_ids: Sequence[int]) -> None:
        await self._deliveries.deliver(event, user_ids)
        await self._deliveries.deliver(event, user_ids)


class ForgetfulCache(AsideCache):
    """A write leaves what is cached as it is."""

    async def add(self, entries: Any, member: bytes) -> None:
        return None


class BrokenMeter(LatencyMeter):
    def record(self, latency_ms: float, ok: bool = True) -> None:
        raise KeyError("bucket")


class MeanMeter(LatencyMeter):
    """Merges by keeping its own."""

    def merge(self, other: Any) -> None:
        return None


def test_the_solutions_break_no_promise(small_lab: Lab) -> None:
    report = small_lab("snowflake", "cache", "queue", "meter")

    assert missed(report) == set()
    assert measured(report, "merged_p99_error_percent") <= 1


@pytest.mark.parametrize(
    ("slot", "part", "figures"),
    [
        ("snowflake", RepeatingIds, {"failed_operations", "id_collisions"}),
        ("cache", ImmortalCache, {"entries_past_ttl"}),
        pytest.param("cache", ForgetfulCache, {"lost_deliveries"}, marks=pytest.mark.slow),
        ("queue", DroppingQueue, {"lost_deliveries", "worker_death_lost"}),
        pytest.param("queue", RepeatingQueue, {"repeated_deliveries"}, marks=pytest.mark.slow),
        ("meter", BrokenMeter, {"failed_operations", "meter_experiments_failed"}),
    ],
)
def test_a_mistake_shows_in_its_figure(small_lab: Lab, slot: str, part: type, figures: set[str]) -> None:
    report = small_lab(slot, **{slot: part})

    assert missed(report) >= figures


def test_a_meter_that_does_not_merge_shows(small_lab: Lab) -> None:
    assert measured(small_lab("meter", meter=MeanMeter), "merged_p99_error_percent") > 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("slot", "figure", "changed"),
    [
        ("snowflake", "id_collisions", "id_order_inversions"),
        ("schema", "home_page_growth_percent", "query_by_query_ms"),
        ("cache", "expiry_loads", "cache_hit_ratio"),
        ("queue", "worker_death_lost", "worker_deaths"),
        ("meter", "merged_p99_error_percent", "gateway_ms_p99"),
    ],
)
def test_a_null_part_misses_a_promise_and_changes_what_is_measured(
    small_lab: Lab, slot: str, figure: str, changed: str
) -> None:
    with_part = small_lab(slot)

    without = small_lab(slot, **{slot: getattr(Blueprint(), slot)})

    verdicts = [{each.name: each.verdict for each in report.figures}[figure] for report in (with_part, without)]
    assert verdicts == ["met", "missed"]
    assert measured(without, changed) != pytest.approx(measured(with_part, changed), rel=0.5)


def test_what_broke_is_said_with_its_place(small_lab: Lab) -> None:
    report = small_lab(meter=BrokenMeter)

    note = next(figure.note for figure in report.figures if figure.name == "failed_operations")
    assert "KeyError" in note


class WaitingIds(Snowflake):
    """Always later."""

    def next_id(self, now_ms: int) -> int | Wait:
        return Wait(now_ms + 1_000)


def test_a_population_that_cannot_sign_up_is_said(small_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "POPULATE_S", 0.2)

    with pytest.raises(BadInput, match="0 of 40 people could sign up"):
        small_lab(snowflake=WaitingIds)


def test_who_raised_is_the_only_suspect(small_lab: Lab, tmp_path: Path) -> None:
    """A part is known by its file."""
    path = tmp_path / "day5_meter.py"
    path.write_text("def record(self, latency_ms, ok=True):\n    raise KeyError('bucket')\n")
    space: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), space)

    report = small_lab(meter=type("Raises", (LatencyMeter,), {"record": space["record"]}))

    assert report.blames["failed_operations"] == ("meter",)
    assert any("day5_meter.py, line 2" in figure.note for figure in report.figures)


class SilentCache(AsideCache):
    """Never answers."""

    async def get(self, entry: Any, load: Any, limit: int = 800) -> Any:
        await asyncio.Event().wait()


@pytest.mark.slow
def test_a_part_that_never_answers_does_not_stop_the_lab(small_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, seconds in (
        (people, "PATIENCE_S", 0.2), (judging, "PATIENCE_S", 0.2), (judging, "JUDGE_S", 1.0),
        (live, "LEAST_S", 2.0), (live, "DRAIN_S", 0.5),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, seconds)
    monkeypatch.setattr(visibility, "PATIENCE_MS", 200)

    report = small_lab(cache=SilentCache)

    assert missed(report) >= {"failed_operations", "lost_deliveries"}
