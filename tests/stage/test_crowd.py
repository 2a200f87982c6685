"""Where two curves cross, and the crowd that experiments read from."""

from __future__ import annotations

import sqlite3
from math import isnan
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solutions.week1.day2_schema import SocialSchema
from twitterlab.stage.experiments.crowd import FOLLOWEES, NEWEST, READERS, TWEETS_EACH, crossover, fill, tweet_ids
from twitterlab.storage.database import FILE

X = (1, 10, 100, 1_000)


@given(st.floats(min_value=1.5, max_value=900), st.floats(min_value=0.2, max_value=2))
def test_two_power_laws_cross_where_they_are_equal(at: float, slope: float) -> None:
    rising = [(x / at) ** slope for x in X]

    assert crossover(X, rising, [1.0] * len(X)) == pytest.approx(at, rel=1e-6)


def test_a_curve_that_is_never_overtaken_has_no_crossover() -> None:
    assert isnan(crossover(X, [1.0, 1.0, 1.0, 1.0], [2.0, 2.0, 2.0, 2.0]))


def test_one_that_was_always_behind_is_overtaken_at_the_first_point() -> None:
    assert crossover(X, [2.0, 2.0, 2.0, 2.0], [1.0, 1.0, 1.0, 1.0]) == 1


def test_only_the_last_crossing_counts() -> None:
    assert crossover(X, [2.0, 0.5, 0.5, 2.0], [1.0, 1.0, 1.0, 1.0]) == pytest.approx(100 * 10**0.5)


def test_everybody_reads_the_tweets_of_those_they_follow(tmp_path: Path) -> None:
    fill(SocialSchema(), tmp_path)

    database = sqlite3.connect(tmp_path / FILE)
    for count in FOLLOWEES[:4]:
        page = database.execute(
            SocialSchema().queries().home_page, {"user_id": READERS + count, "before_id": NEWEST, "limit": 20}
        ).fetchall()
        assert [row[0] for row in page] == tweet_ids(count)[:20]
    assert len(tweet_ids(7)) == 7 * TWEETS_EACH
    database.close()
