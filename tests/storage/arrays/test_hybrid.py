"""Celebrities are pulled: their tweets reach nobody's timeline and everybody's page."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from twitterlab.storage.arrays import batches, hybrid
from twitterlab.storage.arrays.accounts import FIRST_ID, ID_STEP
from twitterlab.storage.arrays.hybrid import HybridBatches, HybridTimelines
from twitterlab.storage.arrays.rings import BUILT, FAST
from twitterlab.storage.arrays.state import ArrayState
from twitterlab.storage.arrays.transpose import from_pairs, transposed
from twitterlab.storage.batches import NewTweets

STAR, FRIEND, ANN, BOB = (FIRST_ID + ID_STEP * index for index in range(4))
TOP = 2**63 - 1


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(batches, "LARGE", 1)
    monkeypatch.setattr(hybrid, "KEPT", 20)


def world():
    """Ann and Bob follow the star, Ann follows her friend as well."""
    followers = from_pairs(np.array([0, 0, 1]), np.array([2, 3, 2]), 4)
    state = ArrayState(4, followers, transposed(*followers, 4))
    timelines = HybridTimelines(state)
    timelines.rings.lines[:, 0] = BUILT | FAST
    return timelines, HybridBatches(state, timelines, pull_from=2)


def post(made, author, first, count=1):
    for number in range(first, first + count):
        made.add(NewTweets([number], [author], [b"hello"], 1))
        made.fan_out(number)


def page(made, *users, limit=20):
    return made.pages(np.array(users), limit)[0].tweets["id"].tolist()


def test_a_tweet_of_a_celebrity_is_delivered_to_nobody_and_seen_by_all_who_follow(small):
    timelines, made = world()
    post(made, STAR, 10)
    post(made, FRIEND, 11)

    assert not made.large
    assert timelines.rings.entries(3) == []
    assert page(made, ANN, BOB, STAR, FRIEND, limit=3) == [[11, 10, 0], [10, 0, 0], [10, 0, 0], [11, 0, 0]]


def test_tweets_from_before_somebody_was_a_celebrity_come_once(small):
    timelines, made = world()
    made._pull_from = 3
    post(made, STAR, 10)
    made.fan_out_large()
    made._pull_from = 2
    post(made, STAR, 11)
    made._celebrities.post(0, made._rows.row(10))  # pulled as well

    assert page(made, BOB, limit=4) == [[11, 10, 0, 0]]
    assert asyncio.run(timelines.page(BOB, TOP, 4)) == [11, 10]


def test_a_page_below_the_end_of_a_celebritys_list_is_left_to_the_source(small):
    timelines, made = world()
    post(made, STAR, 100, 30)
    post(made, FRIEND, 200)

    assert asyncio.run(timelines.page(ANN, TOP, 20)) == [200, *range(129, 110, -1)]
    assert asyncio.run(timelines.page(ANN, TOP, 22)) is None
    assert asyncio.run(timelines.page(ANN, 112, 5)) is None
    assert asyncio.run(timelines.page(ANN, 105, 2)) is None
