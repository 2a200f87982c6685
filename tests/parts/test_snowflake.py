"""Each check of day 1.1 passes the solution, and fails the wrong implementation it names."""

from __future__ import annotations

import pytest

from solutions.week1.day1_snowflake import Snowflake
from twitterlab.course.checks import lineage
from twitterlab.parts.snowflake import EPOCH_MS, CountingIds, IdFields, Wait
from weeks.week1.checks import day1_snowflake as checks

ALL = [look for look in vars(checks).values() if hasattr(look, "check")]


class OtherEpoch(Snowflake):
    def decode(self, tweet_id):
        return IdFields(super().decode(tweet_id).at_ms - EPOCH_MS, 0, 0)


class Spills(Snowflake):
    def encode(self, fields):
        return (fields.at_ms - EPOCH_MS) << 22 | fields.machine << 12 | fields.sequence


class CountsDown(Snowflake):
    def encode(self, fields):
        return super().encode(IdFields(fields.at_ms, fields.machine, 4095 - fields.sequence))

    def decode(self, tweet_id):
        fields = super().decode(tweet_id)
        return IdFields(fields.at_ms, fields.machine, 4095 - fields.sequence)


class Wraps(Snowflake):
    def next_id(self, now_ms):
        if self._sequence == 4096:
            self._sequence = 0
        return super().next_id(now_ms)


class Trusts(Snowflake):
    def next_id(self, now_ms):
        if now_ms < self._last_ms:
            self._last_ms, self._sequence = now_ms, 0
        return super().next_id(now_ms)


class Anonymous(Snowflake):
    def __init__(self, machine):
        super().__init__(0)


WRONG = {
    checks.decode_undoes_encode: OtherEpoch,
    checks.misfits_are_refused: Spills,
    checks.ids_rise: CountsDown,
    checks.a_full_millisecond_waits: Wraps,
    checks.a_clock_that_steps_back_waits: Trusts,
    checks.machines_sort_by_time: Anonymous,
}


def test_the_points_sum_to_100():
    assert sum(look.check.points for look in ALL) == 100


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_the_solution_passes(look):
    look(Snowflake)


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_the_named_mistake_fails(look):
    with pytest.raises(AssertionError):
        look(WRONG[look])


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_the_null_part_scores_nothing(look):
    with pytest.raises(AssertionError):
        for one in lineage(look):
            one(CountingIds)


def test_a_full_millisecond_is_waited_out():
    source = Snowflake(0)

    made = [source.next_id(EPOCH_MS + 1) for _ in range(4097)]

    assert made[-1] == Wait(EPOCH_MS + 2)
