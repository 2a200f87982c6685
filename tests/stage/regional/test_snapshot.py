"""What a regional run begins with."""

from __future__ import annotations

import pytest

from twitterlab.stage.regional.run import start_ms
from twitterlab.stage.regional.snapshot import Snapshot


@pytest.mark.parametrize("count", [1, 5, 60, 10_000])
def test_what_somebody_is_shown_first_is_the_newest_of_themselves_and_whom_they_follow(count):
    snapshot = Snapshot(300, 1, start_ms())

    for user in range(300):
        authors = (user, *snapshot.followees(user))
        everything = sorted((tweet for author in authors for tweet in snapshot.tweets(author)), reverse=True)
        assert snapshot.newest(user, count) == everything[:count]


def test_an_old_tweet_names_its_author():
    snapshot = Snapshot(300, 1, start_ms())

    for author in range(300):
        assert [snapshot.tweet(tweet)[0] for tweet in snapshot.tweets(author)] == [author] * 3
