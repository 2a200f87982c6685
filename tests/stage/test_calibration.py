"""Calibration: what is measured is what was spent, what is written can be read, what is charged is what it says."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitterlab.errors import BadInput
from twitterlab.parts.blueprint import Blueprint
from twitterlab.stage import calibration
from twitterlab.stage.calibration import Measuring
from twitterlab.stage.charging import Charging
from twitterlab.stage.costs import Watched, power, sized
from twitterlab.stage.profile import Profile, quantiles, read, to_json
from twitterlab.world.samplers import Constant
from twitterlab.world.sim import SimWorld


class Clockwork:
    """A stopwatch that only work moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_ns = self.worked_ns = 0
        monkeypatch.setattr(calibration, "stopwatch_ns", lambda: self.now_ns)
        monkeypatch.setattr(calibration, "cpu_ns", lambda: self.worked_ns)

    async def work(self, ms: float) -> None:
        self.now_ns += round(ms * 1e6)
        self.worked_ns += round(ms * 1e6)

    async def wait(self, ms: float) -> None:
        self.now_ns += round(ms * 1e6)


def test_an_operation_costs_what_its_own_operations_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, costs = Clockwork(monkeypatch), Measuring()

    async def page() -> None:
        await clock.work(3)
        await costs.spend("read", "inline", lambda: clock.work(2))
        await costs.spend("read", "inline", lambda: clock.work(4))

    costs.begin()
    asyncio.run(costs.spend("page", "inline", page))

    assert costs.samples == {"page": [3.0], "read": [2.0, 4.0]}


def test_a_write_is_its_work_and_apart_from_that_its_wait_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, costs = Clockwork(monkeypatch), Measuring()

    async def write() -> None:
        await clock.work(1)
        await clock.wait(9)

    costs.begin()
    asyncio.run(costs.spend("write", "flushed", write))

    assert costs.samples == {"write": [1.0], "commit.flushed": [9.0]}


def test_sizes_are_powers_of_two() -> None:
    assert [power(size) for size in (0, 1, 2, 3, 20, 32, 33)] == [0, 1, 2, 4, 32, 32, 64]
    assert sized("many", 7, [1, 2, 3]) == "many.4"
    assert sized("search", "three words here") == "search"


@given(st.lists(st.floats(0, 1_000), min_size=2, max_size=300))
def test_a_distribution_keeps_the_mean_of_its_samples(samples: list[float]) -> None:
    drawn = quantiles(samples)

    assert drawn.mean_ms == pytest.approx(sum(samples) / len(samples), abs=1e-4)


def test_one_long_pause_stays_as_rare_as_it_was() -> None:
    drawn = quantiles([1.0] * 9_999 + [1_000.0])

    fractions = [fraction for fraction, ms in drawn.points if ms <= 1.0]
    assert max(fractions) >= 0.9998


def test_a_profile_that_was_written_can_be_read(tmp_path: Path) -> None:
    costs = {"read": quantiles([1.0, 2.0, 5.0]), "commit.flushed": quantiles([4.0, 4.5])}
    profile = Profile({"command": "twitterlab calibrate"}, {"read": 3, "commit.flushed": 2}, costs, 1.25)
    (tmp_path / "profile.json").write_text(to_json(profile))

    assert read(tmp_path / "profile.json") == profile


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2}', '{"version": 1, "operations": {"a": {}}}'])
def test_what_is_no_profile_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "profile.json").write_text(text)

    with pytest.raises(BadInput, match="calibrate"):
        read(tmp_path / "profile.json")


def test_the_committed_profile_says_where_it_comes_from() -> None:
    profile = read()

    assert {"command", "machine", "processor", "python", "sqlite", "commit"} <= set(profile.origin)
    assert {"commit.flushed", "loop.wake", "platform.home", "redis.pipeline.2"} <= set(profile.costs)
    assert min(profile.samples.values()) >= 2


def test_crowding_makes_work_longer_and_no_wait() -> None:
    profile = Profile({}, {}, {"read": quantiles([1.0, 1.0]), "loop.wake": quantiles([1.0, 1.0])}, 1.5)

    drawn = {name: sampler.mean_ms for name, sampler in profile.samplers().items()}

    assert drawn == {"read": pytest.approx(1.5), "loop.wake": pytest.approx(1.0)}


class Rows:
    async def many(self, ids: list[int]) -> list[int]:
        return ids

    async def add(self, row: int) -> None:
        return None


def spent(**profile: float) -> tuple[SimWorld, Any]:
    world = SimWorld(seed=1)
    costs = {name.replace("_", "."): Constant(ms) for name, ms in profile.items()}
    node = world.nodes.add("app", profile=costs)
    kind = {"many": "inline", "add": "flushed"}
    return world, Watched(Rows(), "rows", Charging(node), lambda call: kind[call])  # type: ignore[arg-type, return-value]


def test_a_call_costs_what_the_profile_says_of_its_size_or_of_the_nearest() -> None:
    world, rows = spent(rows_many_1=1, rows_many_8=8)

    async def story() -> list[float]:
        moments = [world.kernel.now_ns / 1e6]
        for count in (1, 5, 100):
            assert len(await rows.many([0] * count)) == count
            moments.append(world.kernel.now_ns / 1e6)
        return [later - sooner for sooner, later in pairwise(moments)]

    assert world.run(story()) == [1, 8, 8]


def test_writes_that_come_during_a_commit_share_the_next() -> None:
    world, rows = spent(commit_flushed=10)

    async def story() -> list[float]:
        async def write(at_ms: float) -> float:
            await world.clock.sleep_ms(at_ms)
            await rows.add(1)
            return world.kernel.now_ns / 1e6

        return list(await asyncio.gather(*(write(at_ms) for at_ms in (0, 2, 4, 6))))

    assert world.run(story()) == [10, 20, 20, 20]


@pytest.mark.slow
def test_this_machine_is_measured_in_less_than_half_a_minute(
    solutions: Blueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "MEASURE_S", 1.0)
    monkeypatch.setattr(calibration, "TOGETHER_S", 0.5)
    monkeypatch.setattr(calibration, "WARM_OPERATIONS", 50)
    told: list[float] = []

    profile = calibration.measure(solutions, lambda _, share: told.append(share), "a test")

    assert {"platform.home", "sqlite.relations.hidden", "loop.wake", "loop.turn"} <= set(profile.costs)
    assert profile.origin["command"] == "a test"
    assert 0 < profile.crowding < 20
    assert told == sorted(told)
