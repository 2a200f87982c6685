"""The driver of the record second, against a service whose times are known."""

from __future__ import annotations

import numpy as np
import pytest

from twitterlab.bench.record_second import Backlog, Batch, RecordSecondDrive
from twitterlab.storage.arrays.tweet_rows import RECORD
from twitterlab.storage.batches import HomePages
from twitterlab.world.virtual import run_virtual

MS = 1_000_000


class Service:
    """Acknowledges a batch after `post_ms`; everything has arrived `drain_ms` after the last acknowledgement."""

    def __init__(self, clock, post_ms, drain_ms):
        self._clock, self._post_ms, self._drain_ms = clock, post_ms, drain_ms
        self.last_ms, self.posted = 0.0, 0

    async def home_pages(self, user_ids, limit=20):
        return HomePages(np.zeros((len(user_ids), limit), RECORD), {}, {})

    async def post_many(self, author_ids, texts):
        await self._clock.sleep_ms(self._post_ms)
        self.last_ms = self._clock.now_ms()
        self.posted += len(texts)
        return list(range(self.posted - len(texts) + 1, self.posted + 1))

    def is_reached(self, tweet_id):
        return self._clock.now_ms() >= self.last_ms + self._drain_ms


def drive(post_ms=0.0, drain_ms=0.0, patience_s=5.0):
    """Ten batches of 4, a burst, every 10 ms from 100 ms on; then one of the usual rate every second."""
    outcomes = []

    async def main(clock):
        begin_ms = clock.now_ms()
        service = Service(clock, post_ms, drain_ms)
        batches = [Batch((100 + 10 * number) * MS, [1] * 4, ["a"] * 4, True) for number in range(10)]
        batches += [Batch((1_000 + 1_000 * number) * MS, [1], ["a"], False) for number in range(20)]
        driver = RecordSecondDrive(
            service, clock, lambda: int((clock.now_ms() - begin_ms) * MS), lambda: Backlog(3, 0), service.is_reached
        )
        outcomes.append(await driver.run(batches, np.ones((5, 2), np.int64), 40 * MS, None, patience_s))

    run_virtual(main)
    return outcomes[0]


def test_batches_start_when_they_are_due_whether_or_not_the_last_is_done():
    burst = drive(post_ms=200)

    assert burst.post_waits.quantile_ms(0.99) == pytest.approx(200, rel=0.02)
    assert burst.burst_acknowledged_s == pytest.approx(0.39, abs=0.01)


def test_the_backlog_is_drained_when_the_last_of_the_burst_has_arrived():
    burst = drive(drain_ms=600)

    assert burst.burst_ended_s == pytest.approx(0.2)
    assert burst.drained_s == pytest.approx(0.19 + 0.6, abs=0.06)
    assert burst.burst_offered == 40


def test_a_backlog_that_never_ends_is_given_up():
    burst = drive(drain_ms=60_000, patience_s=2.0)

    assert burst.drained_s != burst.drained_s
    assert burst.took_s < 4


def test_everything_due_is_answered_before_the_load_ends():
    burst = drive(post_ms=300)

    assert len(burst.ids) == burst.offered >= 40
    assert burst.samples[0].unanswered == 0
    assert max(sample.unanswered for sample in burst.samples) == 40
