"""A week simulated with a student's parts, each run in a child that its parent watches."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from twitterlab.course import simulations, watched
from twitterlab.course.watched import LabStopped
from twitterlab.course.workbook import Workbook
from twitterlab.errors import BadInput
from twitterlab.model.fault import FaultPlan
from twitterlab.stage import simulation

PEACE = FaultPlan((), 10_000, 15_000)
EARLY = """
class FanoutQueue(Right):
    async def relay(self, outbox):
        events = await outbox.pending(self._policy.batch)
        await outbox.done([event.id for event in events])
        return 0
"""


@pytest.fixture
def root(book: Workbook, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workbook's folder, in which we stand."""
    monkeypatch.chdir(book.root)
    return book.root


def write(root: Path, day: str, part: str, instead: str) -> None:
    """Put a solution into the exercises, with `instead` in the place of its class, which is still there as `Right`."""
    source = (root / "solutions" / "week1" / f"{day}.py").read_text(encoding="utf-8")
    text = source.replace(f"class {part}", "class Right") + textwrap.dedent(instead)
    (root / "exercises" / "week1" / f"{day}.py").write_text(text, encoding="utf-8")


@pytest.mark.slow
def test_where_nothing_is_begun_the_references_run_and_their_calls_are_counted(root: Path) -> None:
    mine = simulations.named(["week", "1"], mine=True)
    told = mine.simulate(3, PEACE, root / "runs" / "a")
    again, sha256 = mine.again(None, root / "runs" / "a")
    reference = simulations.named(["week1"]).simulate(3, PEACE, root / "runs" / "b")

    assert told.violations == ()
    assert {use["whose"] for use in told.report["parts"].values()} == {"reference"}
    assert all(use["calls"] > 0 for use in told.report["parts"].values())
    assert again.trace_sha256 == sha256 == told.trace_sha256 == reference.trace_sha256


@pytest.mark.slow
def test_a_wrong_part_of_mine_is_caught_and_named_and_its_run_kept_replayed_and_shrunk_as_mine(root: Path) -> None:
    write(root, "day4_queue", "FanoutQueue", EARLY)

    told = simulations.named(["week1"], mine=True).simulate(3, PEACE, root / "runs" / "a")
    kept = simulations.kept(root / "runs" / "a")
    again, sha256 = kept.again(None, root / "runs" / "a")
    smaller = kept.smaller(root / "runs" / "a", root / "runs" / "small", lambda calls, faults: None, seconds=0.1)

    assert told.violations and all(said.endswith("look at queue (mine)") for said in told.violations)
    assert again.violations == told.violations and again.trace_sha256 == sha256
    assert smaller.is_cut_short
    assert smaller.story[-1].startswith("broken: nothing lost")
    assert simulation.load(root / "runs" / "small")[0].endswith(":my_week1")


@pytest.mark.slow
def test_many_seeds_run_side_by_side_and_come_in_order(root: Path) -> None:
    write(root, "day4_queue", "FanoutQueue", EARLY)
    heard: list[int] = []

    judged = simulations.named(["week1"], mine=True).simulate_many(
        range(4, 7), PEACE, lambda one: heard.append(one.seed)
    )

    assert [one.seed for one in judged] == sorted(heard) == [4, 5, 6]
    assert all("nothing lost" in one.violations[0] for one in judged)


@pytest.mark.slow
def test_what_depends_on_more_than_the_seed_in_my_part_is_found(root: Path) -> None:
    unseeded = """
    import random

    class FanoutQueue(Right):
        async def relay(self, outbox):
            if random.random() < 0.5:
                return 0
            return await super().relay(outbox)
    """
    write(root, "day4_queue", "FanoutQueue", unseeded)

    compared = simulations.named(["week1"], mine=True).twice(3)

    assert compared.difference is not None
    assert compared.difference.first != compared.difference.second


LOOPS = """
class AsideCache(Right):
    async def get(self, entry, load, limit=800):
        while True:
            pass
"""
ENDS = """
class AsideCache(Right):
    async def get(self, entry, load, limit=800):
        __import__("os")._exit(3)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("instead", "said"),
    [
        (LOOPS, r"Your cache did not come back \(exercises/week1/day3_cache\.py:\d+: "),
        (ENDS, r"Your cache ended the process \(exit code 3\)"),
        ("while True: pass", r"Your cache did not come back \(exercises/week1/day3_cache\.py:\d+: "),
    ],
    ids=["hangs", "ends the process", "hangs as it is loaded"],
)
def test_a_part_that_brings_the_run_down_is_named(
    root: Path, monkeypatch: pytest.MonkeyPatch, instead: str, said: str
) -> None:
    monkeypatch.setattr(watched, "HANG_S", 2.0)
    write(root, "day3_cache", "AsideCache", instead)
    mine = simulations.named(["week1"], mine=True)

    with pytest.raises(LabStopped, match=said):
        mine.simulate(3, PEACE, root / "runs" / "a")
    with pytest.raises(LabStopped, match=said):
        mine.simulate_many(range(2), PEACE, lambda one: None)


def test_a_part_that_cannot_be_loaded_is_one_line(root: Path) -> None:
    (root / "exercises" / "week1" / "day3_cache.py").write_text("class AsideCache(:\n", encoding="utf-8")

    with pytest.raises(BadInput, match=r"exercises/week1/day3_cache\.py:1"):
        simulations.named(["week1"], mine=True).simulate(1, PEACE, root / "runs" / "a")


def test_only_a_week_has_parts_of_mine(root: Path) -> None:
    with pytest.raises(BadInput, match="--mine goes with a week"):
        simulations.named(["primary-backup"], mine=True)
    with pytest.raises(BadInput, match="no week 9"):
        simulations.named(["week", "9"], mine=True)


@pytest.mark.slow
def test_a_reshard_runs_with_my_plan_and_its_run_knows_whose_it_is(root: Path) -> None:
    source = (root / "solutions" / "week2" / "day2_shards.py").read_text(encoding="utf-8")
    wrong = """
    class ShardPlan(Right):
        def route(self, phase, old, new):
            read = super().route(phase, old, new).read
            return Route(read, (read,))
    """
    text = source.replace("class ShardPlan", "class Right") + textwrap.dedent(wrong)
    (root / "exercises" / "week2" / "day2_shards.py").write_text(text, encoding="utf-8")

    told = simulations.named(["reshard"], mine=True).simulate(3, None, root / "runs" / "a")
    again, sha256 = simulations.kept(root / "runs" / "a").again(None, root / "runs" / "a")

    assert any(said.startswith("no tweet is invisible") for said in told.violations)
    assert told.report["parts"]["shards"]["whose"] == "mine"
    assert again.violations == told.violations and again.trace_sha256 == sha256
    assert simulation.load(root / "runs" / "a")[0].endswith(":my_reshard")


def test_outside_a_workbook_nothing_is_mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(BadInput, match="not inside a workbook"):
        simulations.named(["week1"], mine=True)
