"""Each check of day 1.2 passes the solution, and fails the wrong implementation it names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solutions.week1.day2_schema import SocialSchema
from twitterlab.course.checks import lineage
from twitterlab.parts.schema import NoSchema
from weeks.week1.checks import day2_schema as checks

ALL = [look for look in vars(checks).values() if hasattr(look, "check")]


class NoIndex(SocialSchema):
    def tables(self):
        return [statement for statement in super().tables() if "likes_by_tweet" not in statement]


class NoAuthorIndex(SocialSchema):
    """SQLite then walks the primary key from `before_id`: a SEARCH that reads everybody's tweets."""

    def tables(self):
        return [statement for statement in super().tables() if "tweets_by_author" not in statement]


class CountsRows(SocialSchema):
    def queries(self):
        return replace(super().queries(), user_counts=NoSchema().queries().user_counts)


class RepeatsTheKey(SocialSchema):
    def queries(self):
        right = super().queries()
        return replace(right, author_page=right.author_page.replace("id < :before_id", "id <= :before_id"))


class RepeatsFollowers(SocialSchema):
    def queries(self):
        right = super().queries()
        return replace(right, followers_page=right.followers_page.replace("> :after_id", ">= :after_id"))


class KeysOff(SocialSchema):
    def tables(self):
        return super().tables()[1:]


class HandlesDifferByCase(SocialSchema):
    def tables(self):
        return [statement.replace(" COLLATE NOCASE", "") for statement in super().tables()]


class OnlyUp(SocialSchema):
    def tables(self):
        return [statement for statement in super().tables() if "AFTER DELETE" not in statement]


class LeavesOneselfOut(SocialSchema):
    def queries(self):
        right = super().queries()
        return replace(right, home_page=right.home_page.replace("SELECT :user_id UNION ALL", ""))


WRONG = {
    checks.no_scan_and_no_sort: NoIndex,
    checks.work_stays_flat: CountsRows,
    checks.pages_hold_still: RepeatsTheKey,
    checks.every_page_holds_still: RepeatsFollowers,
    checks.constraints_hold: HandlesDifferByCase,
    checks.orphans_are_rejected: KeysOff,
    checks.counts_are_right: OnlyUp,
    checks.nothing_outlives_its_tweet: KeysOff,
    checks.answers_come_from_the_rows: LeavesOneselfOut,
}


def test_the_points_sum_to_100():
    assert sum(look.check.points for look in ALL) == 100


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_the_solution_passes(look):
    look(SocialSchema)


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_the_named_mistake_fails(look):
    with pytest.raises(AssertionError):
        look(WRONG[look])


def test_a_range_over_the_primary_key_is_a_scan():
    with pytest.raises(AssertionError, match="rowid<"):
        checks.no_scan_and_no_sort(NoAuthorIndex)


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_the_null_part_scores_nothing(look):
    with pytest.raises(AssertionError):
        for one in lineage(look):
            one(NoSchema)
