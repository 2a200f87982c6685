"""The catalogue of benchmarks, how a contest is judged, and how runs are compared."""

from __future__ import annotations

import importlib
import json
from itertools import count
from pathlib import Path

import pytest

from twitterlab.bench.document import to_document
from twitterlab.bench.report import Report
from twitterlab.course.benchmarks import comparing, ring, running
from twitterlab.course.benchmarks.catalogue import BENCHMARKS
from twitterlab.course.benchmarks.comparing import changes, saved
from twitterlab.course.benchmarks.contest import Contest, speeds
from twitterlab.course.benchmarks.counted_redis import CountedRedis
from twitterlab.course.loads import LOADS
from twitterlab.errors import BadInput, TwitterlabError
from twitterlab.model.figure import Figure
from twitterlab.world.fake_redis import fake_redis


def test_every_benchmark_has_a_room_that_prepares_it_and_every_such_room_is_in_the_catalogue():
    folder = Path(running.__file__).parent
    preparing = {path.stem for path in folder.glob("*.py") if "\ndef prepare(" in path.read_text("utf-8")}

    assert preparing == {name.replace("-", "_") for name in BENCHMARKS}
    for name in preparing:
        assert callable(importlib.import_module(f"twitterlab.course.benchmarks.{name}").prepare)
    assert not set(BENCHMARKS) & set(LOADS)


def test_a_ratio_is_of_rates_and_of_the_quickest_rounds():
    ticks = iter([0, 30, 30, 40, 40, 60, 60, 80])  # yardstick 30, ours 10, yardstick 20, ours 20
    contest = Contest(lambda: None, lambda: None, operations=4, yardstick_operations=2)

    found = speeds(contest, lambda: next(ticks), rounds=2)

    assert (found.ours_s, found.yardstick_s) == (10e-9, 20e-9)
    assert found.ratio == pytest.approx((4 / 10) / (2 / 20))


def test_slower_code_has_a_smaller_ratio():
    clock = count()
    contest = Contest(lambda: [next(clock) for _ in range(9)], lambda: None)

    assert speeds(contest, lambda: next(clock), 1).ratio == pytest.approx(0.1)


def report_of(**ratios):
    figures = tuple(Figure(name, "times", value, "live", "none") for name, value in ratios.items())
    return Report(0, 0, 0, 0, {}, 0, (*figures, Figure("ids_per_s", "/s", 5.0, "live", "none")))


def test_only_ratios_that_both_have_are_compared(tmp_path):
    path = tmp_path / "report.json"
    path.write_text(json.dumps(to_document(report_of(ids=2.0, old=1.0))), "utf-8")

    for given in (path, tmp_path):
        (change,) = changes(saved(given), report_of(ids=3.0, new=1.0))
        assert str(change) == "ids: 2 -> 3 times (+50.0 %)"


@pytest.mark.parametrize("content", ["", "[]", '{"schema": 99}'])
def test_a_file_that_is_no_report_is_said(tmp_path, content):
    (tmp_path / "saved.json").write_text(content)

    with pytest.raises(BadInput, match="is no report"):
        comparing.saved(tmp_path / "saved.json")


@pytest.mark.slow
def test_pytest_benchmark_runs_one_and_the_report_has_its_ratio_and_counts():
    report, skipped = running.run(["ids", "ring"])
    figures = {figure.name: figure for figure in report.figures}

    assert figures["ids"].unit == "times"
    assert figures["ids"].target.bound == BENCHMARKS["ids"].least
    assert figures["ids: ids twice"].verdict == "met"
    assert report.operations == 15 * (2 - len(skipped))
    assert figures["ring"].verdict == "met" if "ring" in figures else skipped[0].startswith("ring: ")
    assert figures["ids_yardstick_per_s"].measured > 0


@pytest.mark.slow
def test_a_benchmark_that_breaks_is_shown_whole(monkeypatch):
    monkeypatch.setattr(running.sys, "executable", "/bin/false")

    with pytest.raises(TwitterlabError, match="the benchmark ids failed"):
        running.run(["ids"])


def test_commands_are_counted_those_of_a_pipeline_each():
    import asyncio

    async def main():
        redis = CountedRedis(fake_redis())
        await redis.set("a", 1)
        pipe = redis.pipeline()
        pipe.get("a")
        pipe.get("b")
        await pipe.execute()
        await redis.client.aclose()
        return redis.commands

    assert asyncio.run(main()) == 3


def test_a_ring_that_moves_keys_between_old_members_is_counted():
    class Modulo:
        def __init__(self, names):
            self.names = list(names)

        def owner(self, key):
            return self.names[key % len(self.names)]

    def make(names):
        modulo = Modulo(names)
        return ring.Way(modulo.owner, modulo.names.append, modulo.names.remove)

    counts = ring._movement("", make, True)

    assert counts["keys moved between old members"] > 50_000
    assert counts["max/mean"] < 1.3
