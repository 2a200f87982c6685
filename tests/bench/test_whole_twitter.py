"""The driver of the whole-Twitter load, against services whose times are known."""

from __future__ import annotations

import numpy as np
import pytest

from twitterlab.bench.whole_twitter import Plan, WholeTwitterDrive
from twitterlab.storage.arrays.tweet_rows import RECORD
from twitterlab.storage.batches import HomePages
from twitterlab.world.virtual import run_virtual

MS = 1_000_000


class Service:
    """Shows every tweet `shown_after_ms` after it was posted; its first read takes `stall_ms`."""

    def __init__(self, clock, stall_ms=0.0, shown_after_ms=0.0):
        self._clock, self._stall_ms, self._shown_after_ms = clock, stall_ms, shown_after_ms
        self._posted = []

    async def home_pages(self, user_ids, limit=20):
        stall_ms, self._stall_ms = self._stall_ms, 0.0
        if stall_ms:
            await self._clock.sleep_ms(stall_ms)
        tweets = np.zeros((len(user_ids), limit), RECORD)
        shown = [id_ for at_ms, id_ in self._posted if self._clock.now_ms() >= at_ms + self._shown_after_ms][-limit:]
        tweets["id"][:, : len(shown)] = shown
        tweets["created_ms"][:, : len(shown)] = 1
        return HomePages(tweets, {}, {})

    async def post_many(self, author_ids, texts):
        ids = [len(self._posted) + number + 1 for number in range(len(texts))]
        self._posted += [(self._clock.now_ms(), id_) for id_ in ids]
        return ids


def drive(service_options, reads=20, posts=4):
    """The outcome of ticks of 10 readers every 10 ms and 2 writers every 50 ms."""
    outcomes = []

    async def main(clock):
        async def follower_of(author_id):
            return 5

        plan = Plan(
            np.ones((reads, 10), np.int64), 10 * MS, np.ones((posts, 2), np.int64), [["a", "b"]] * posts, 50 * MS
        )
        begin_ms = clock.now_ms()
        driver = WholeTwitterDrive(
            Service(clock, **service_options), clock, lambda: int((clock.now_ms() - begin_ms) * MS), follower_of
        )
        outcomes.append(await driver.run(plan, 1, lambda share: None))

    run_virtual(main)
    return outcomes[0]


def test_everybody_who_came_during_a_stall_has_waited():
    outcome = drive({"stall_ms": 100})

    assert outcome.reads == outcome.read_waits.count == 200
    assert outcome.read_waits.quantile_ms(0.99) == pytest.approx(100, abs=2)
    assert outcome.read_waits.quantile_ms(0.5) == pytest.approx(0, abs=11)
    assert outcome.read_waits.quantile_ms(0.3) < outcome.read_waits.quantile_ms(0.8)


def test_a_tweet_is_seen_when_a_follower_finds_it_on_their_page():
    outcome = drive({"shown_after_ms": 40})

    assert outcome.visible_waits.count == outcome.posts == 8
    assert outcome.visible_waits.quantile_ms(0.5) == pytest.approx(42, abs=4)
    assert outcome.unseen == 0


def test_a_tweet_that_never_shows_is_unseen():
    outcome = drive({"shown_after_ms": 60_000})

    assert outcome.unseen == 8
    assert outcome.visible_waits.count == 0
