"""Rate limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitterlab.platform.limits import Limit, Limited, RateLimits


class HandClock:
    def __init__(self) -> None:
        self.at_ms = 1_000_000

    def now_ms(self) -> int:
        return self.at_ms

    async def sleep_ms(self, duration_ms: float) -> None:
        raise AssertionError("limits never wait")


def bucket(amount: int = 3, per_ms: int = 3_000) -> tuple[HandClock, RateLimits]:
    clock = HandClock()
    return clock, RateLimits(clock, {"post": Limit(amount, per_ms)})


def test_one_more_than_the_limit_is_refused_and_says_when_to_try_again():
    _, limits = bucket()
    for _ in range(3):
        limits.take(1, "post")

    with pytest.raises(Limited) as refused:
        limits.take(1, "post")

    assert (refused.value.kind, refused.value.retry_after_ms) == ("limited", 1_000)


def test_the_promised_wait_is_long_enough():
    clock, limits = bucket()
    for _ in range(3):
        limits.take(1, "post")
    clock.at_ms += 1_000

    limits.take(1, "post")

    assert limits.left(1, "post") == 0


def test_people_and_actions_do_not_share_a_bucket():
    _, limits = bucket(amount=1)
    limits.take(1, "post")

    limits.take(2, "post")
    limits.take(1, "read")


def test_a_clock_that_steps_back_refills_nothing():
    clock, limits = bucket(amount=1)
    limits.take(1, "post")
    clock.at_ms -= 500_000

    with pytest.raises(Limited):
        limits.take(1, "post")


@given(st.lists(st.integers(0, 2_000), min_size=1, max_size=200))
def test_no_window_lets_more_through_than_the_bucket_and_its_refill(waits_ms):
    clock, limits = bucket(amount=5, per_ms=5_000)
    taken_ms: list[int] = []
    for wait_ms in waits_ms:
        clock.at_ms += wait_ms
        try:
            limits.take(1, "post")
        except Limited:
            continue
        taken_ms.append(clock.at_ms)

    for first, start_ms in enumerate(taken_ms):
        for last in range(first, len(taken_ms)):
            assert last - first + 1 <= 5 + (taken_ms[last] - start_ms) / 1_000 + 1e-6
