"""The plan of the whole-Twitter load: rates, their curve, and who posts."""

from __future__ import annotations

import numpy as np
import pytest

from twitterlab.bench.whole_population import whole_population
from twitterlab.stage.whole_plan import plan_of
from twitterlab.storage.arrays.accounts import FIRST_ID, ID_STEP

PEOPLE = whole_population(20_000, 1)


def counts_of(lines):
    return np.array([len(line) for line in lines])


def test_an_even_load_has_the_rate_at_every_tick():
    plan = plan_of(PEOPLE, 2.0, 10_000, 400)

    assert counts_of(plan.readers).tolist() == [20] * 1_000
    assert counts_of(plan.authors).tolist() == counts_of(plan.texts).tolist() == [4] * 200


def test_a_day_has_the_same_mean_and_thrice_as_much_in_the_evening_as_at_night():
    plan = plan_of(PEOPLE, 2.0, 100_000, 10_000, is_day=True)
    reads = counts_of(plan.readers)

    assert reads.mean() == pytest.approx(200, rel=0.01)
    assert reads.max() / reads.min() == pytest.approx(3, rel=0.05)
    assert int(reads.argmin()) < 50
    assert abs(int(reads.argmax()) - 500) < 50


def test_equal_streams_give_equal_plans_and_others_other_people():
    first, again, other = (plan_of(PEOPLE, 0.1, 10_000, 500, stream) for stream in (1, 1, 2))

    assert all((mine == theirs).all() for mine, theirs in zip(first.readers, again.readers, strict=True))
    assert first.texts == again.texts
    assert any((mine != theirs).any() for mine, theirs in zip(first.authors, other.authors, strict=True))


@pytest.mark.slow
def test_tweets_have_the_followers_that_are_promised():
    people = whole_population(300_000, 1)
    plan = plan_of(people, 10.0, 1, 6_000)

    authors = (np.concatenate(plan.authors) - FIRST_ID) // ID_STEP

    assert 75 <= np.diff(people.starts)[authors].mean() < 77
