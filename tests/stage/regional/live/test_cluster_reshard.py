"""Tweets move between real servers under load; and a judge that can say no."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solutions.week2.day2_shards import ShardPlan
from twitterlab.course.system import system_of
from twitterlab.parts.shards import Compare, Copy, Done, OneByOne, Phase, Route
from twitterlab.servers.valkey import VALKEY
from twitterlab.stage.options import LabOptions
from twitterlab.stage.regional.live import cluster_reshard
from twitterlab.stage.regional.live.valkey.figures import extent
from twitterlab.stage.regional.live.valkey.move import PROMISES, Size
from twitterlab.stage.regional.live.valkey.plan import move_by_plan
from twitterlab.stage.scenarios.reshard_pages import INVISIBLE

SYSTEM = system_of(2, mine=False)
SMALL = Size(authors=160, old_tweets=4, rate_per_s=60, before_s=0.3, after_s=0.5, within_s=90)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(VALKEY.find() is None, reason=f"{VALKEY.name} is not here. {VALKEY.get_it}"),
]


class CutsOverEarly(ShardPlan):
    def route(self, phase, old, new):
        route = super().route(phase, old, new)
        return Route(new if phase >= Phase.DUAL_WRITE else old, route.writes)


class NoBackfill(ShardPlan):
    def advance(self, progress, done):
        progress, command = super().advance(progress, done)
        return super().advance(progress, Done()) if isinstance(command, Copy | Compare) else (progress, command)


class NeverSure(ShardPlan):
    """Compares for ever."""

    def advance(self, progress, done):
        if progress.phase is Phase.VERIFY and done is not None:
            done = Done(done.last_key, (1,))
        return super().advance(progress, done)


class WrongAdvance(ShardPlan):
    def advance(self, progress, done):
        raise ZeroDivisionError("in the student's part")


class WrongMerge(ShardPlan):
    def merge(self, query, got):
        raise ZeroDivisionError("in the student's part")


def moved(shards, size=SMALL, has_crashes=False):
    return move_by_plan(replace(SYSTEM, shards=shards), size, 1, lambda share: None, has_crashes)


def test_everybody_sees_everything_while_tweets_move_and_coordinators_die():
    move = moved(ShardPlan)

    assert move.violations == []
    assert (move.keyspace.lost, move.keyspace.doubled, move.keyspace.back, move.keyspace.left_over) == (0, 0, 0, 0)
    assert move.timeline.is_finished
    assert [what for _, what in move.timeline.marks] == [
        "dual write", "backfill", "verify", "cut over", "clean up", "after",
    ]  # fmt: skip
    assert move.facts["dropped"] >= 6
    assert move.count("page", "ok") > 20
    assert move.moved > 20


def test_no_server_that_is_killed_takes_an_acknowledged_tweet_along():
    move = moved(ShardPlan, has_crashes=True)

    assert move.facts["crashes"] >= 2  # one whose restart takes long spares the next
    assert move.violations == []
    assert (move.keyspace.lost, move.keyspace.doubled, move.keyspace.back, move.keyspace.left_over) == (0, 0, 0, 0)
    assert move.timeline.is_finished


@pytest.mark.parametrize("wrong", [CutsOverEarly, NoBackfill, OneByOne])
def test_a_plan_that_hides_tweets_is_found(wrong):
    move = moved(wrong)

    assert INVISIBLE in {violation.promise for violation in move.violations}
    assert "misses" in move.first_broken("invisible")
    if wrong is NoBackfill:
        assert move.keyspace.lost > 0


def test_a_plan_without_an_end_is_given_up():
    move = moved(NeverSure, replace(SMALL, within_s=2))

    assert not move.timeline.is_finished
    (is_finished, *_) = extent("plan", move)
    assert (is_finished.verdict, is_finished.note.partition(";")[0]) == ("missed", "given up")
    assert move.violations == []
    assert move.keyspace.doubled > 0


@pytest.mark.parametrize("wrong", [WrongAdvance, WrongMerge])
def test_what_a_part_raises_comes_up(wrong):
    with pytest.raises(ZeroDivisionError, match="in the student's part"):
        moved(wrong)


def test_the_experiment_brings_back_both_ways_and_a_kill(monkeypatch):
    monkeypatch.setattr(cluster_reshard, "Size", lambda: replace(SMALL, before_s=2.5))
    shares = []

    finding = cluster_reshard.run(SYSTEM, LabOptions(), shares.append)

    figures = {figure.name: figure for figure in finding.figures}
    for way in ("plan", "slots", "crashed"):
        for what in (*PROMISES, "tweets_lost", "tweets_on_two_servers", "keys_left_over", "is_finished"):
            assert figures[f"{way}_{what}"].verdict == "met", figures[f"{way}_{what}"]
        assert 10 < figures[f"{way}_people_moved"].measured < 30
    assert figures["plan_page_ms_p99_during"].measured > 0
    assert figures["slots_rows_a_row"].measured > figures["plan_rows_a_row"].measured >= 1
    assert figures["slots_keys_max_over_mean"].measured < 1.5
    assert figures["killed_failover_ms"].measured > 500
    assert figures["killed_pages_refused"].measured > 50
    assert {figure.source for figure in finding.figures} == {"live"}
    assert [len(plot.lines) for plot in finding.plots] == [4, 4, 2, 2]
    assert shares == sorted(shares)
