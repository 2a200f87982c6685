"""The oracle of who should see what."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from twitterlab.bench.oracle import HORIZON, Judgement, Oracle


def oracle() -> Oracle:
    """1 follows 2 and 3; 2 and 3 have posted, and so has 4, whom nobody follows."""
    known = Oracle()
    known.followed(1, 2)
    known.followed(1, 3)
    for author, tweet in ((2, 10), (3, 11), (2, 12), (4, 13), (1, 14)):
        known.posted(author, tweet)
    return known


def test_people_see_their_own_and_those_of_whom_they_follow_newest_first() -> None:
    assert oracle().expected(1) == [14, 12, 11, 10]
    assert oracle().expected(2) == [12, 10]
    assert oracle().expected(9) == []


def test_what_is_shown_exactly_is_right() -> None:
    assert oracle().judge(1, [14, 12, 11, 10]) == Judgement(0, 0, 0)


def test_every_kind_of_mistake_is_counted_by_itself() -> None:
    assert oracle().judge(1, [14, 12, 10]) == Judgement(lost=1, repeated=0, strange=0)
    assert oracle().judge(1, [14, 12, 12, 11, 10, 10]) == Judgement(lost=0, repeated=2, strange=0)
    assert oracle().judge(1, [14, 13, 12, 11, 10]) == Judgement(lost=0, repeated=0, strange=1)


def test_nobody_is_blamed_for_a_tweet_that_may_have_happened() -> None:
    doubtful = oracle()

    doubtful.doubted(2)

    assert doubtful.judge(1, [15, 14, 12, 11, 10]) == Judgement(0, 0, 0)


def test_a_second_push_of_a_tweet_to_a_timeline_is_a_repeated_delivery() -> None:
    known = oracle()

    known.pushed([1, 2], 10)
    known.pushed([2, 3], 10)
    known.pushed([1, 1], 11)

    assert (known.delivered, known.redelivered) == (6, 2)


@given(st.lists(st.integers(min_value=1, max_value=5_000), unique=True, min_size=HORIZON, max_size=HORIZON + 50))
def test_what_lies_below_the_horizon_may_be_shown_or_not(tweets: list[int]) -> None:
    known = Oracle()
    for tweet in tweets:
        known.posted(1, tweet)

    newest = sorted(tweets, reverse=True)

    assert known.judge(1, newest) == known.judge(1, newest[:HORIZON]) == Judgement(0, 0, 0)
