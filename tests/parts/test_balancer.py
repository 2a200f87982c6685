"""The laws of the balancer once more, as properties over random traffic; and the bound of two choices, measured."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solutions.week2.day3_balancer import TwoChoices
from twitterlab.parts.balancer import Backend, BalancerPolicy, Breaker, FirstBackend

POLICY = BalancerPolicy()
steady = settings(deadline=None, max_examples=15)


class Dice:
    def __init__(self, seed: int) -> None:
        self.one = Random(seed)

    def random(self) -> float:
        return self.one.random()

    def below(self, bound: int) -> int:
        return self.one.randrange(bound)


def backends(count: int, region: str = "home", per_s: float = 1e9) -> list[Backend]:
    return [Backend(f"{region}{number}", region, per_s) for number in range(count)]


@pytest.mark.slow
def test_two_choices_beat_one_and_round_robin_by_the_published_bound() -> None:
    bins = 4_000
    dice, balancer = Dice(1), TwoChoices(backends(bins))

    two = max(Counter(balancer.choose(0, dice) for _ in range(bins)).values())
    one = max(Counter(dice.below(bins) for _ in range(bins)).values())

    assert two <= 4, "ln ln n / ln 2 and a little: 3, sometimes 4"
    assert one >= 6, "ln n / ln ln n and more: 6 to 8"


@pytest.mark.slow
def test_two_choices_beat_round_robin_where_requests_are_unequal() -> None:
    """Round robin counts requests and not how long they last: a tenth of them last a hundred times as long."""
    count, dice = 50, Dice(2)
    peaks = {}
    for way in ("two", "round robin"):
        patient = BalancerPolicy(slow_floor_ms=1e9)
        balancer, ends, load, peak = TwoChoices(backends(count), patient), [], Counter(), 0
        for now_ms in range(6_000):
            for end in [end for end in ends if end[0] <= now_ms]:
                ends.remove(end)
                load[end[1]] -= 1
                if way == "two":
                    balancer.finished(end[1], now_ms, now_ms - end[2], True)
            name = balancer.choose(now_ms, dice) if way == "two" else f"home{now_ms % count}"
            load[name] += 1
            peak = max(peak, load[name])
            ends.append((now_ms + (500 if dice.random() < 0.1 else 5), name, now_ms))
        peaks[way] = peak

    assert peaks["two"] < peaks["round robin"]


@steady
@given(st.integers(0, 10_000), st.floats(0, 0.6), st.integers(2, 6))
def test_nobody_has_two_trials_and_nobody_open_is_asked(seed: int, failing: float, count: int) -> None:
    dice, balancer = Dice(seed), TwoChoices(backends(count), POLICY)
    under_way: list[tuple[int, str, int]] = []
    for now_ms in range(0, 20_000, 25):
        for end_ms, name, since_ms in [each for each in under_way if each[0] <= now_ms]:
            under_way.remove((end_ms, name, since_ms))
            balancer.finished(name, now_ms, now_ms - since_ms, dice.random() >= failing)
        states = {f"home{number}": balancer.breaker(f"home{number}", now_ms) for number in range(count)}
        name = balancer.choose(now_ms, dice)
        if name is None:
            assert Breaker.CLOSED not in states.values()
            continue
        assert states[name] is not Breaker.OPEN
        under_way.append((now_ms + 25 * dice.below(8), name, now_ms))


@steady
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_capacity_holds_in_every_second(seed: int, per_s: int) -> None:
    dice, balancer = Dice(seed), TwoChoices([*backends(2, per_s=per_s), *backends(2, "far", per_s)], POLICY)
    sent: dict[str, list[int]] = {}
    for now_ms in range(0, 5_000, 5):
        if (name := balancer.choose(now_ms, dice)) is not None:
            sent.setdefault(name, []).append(now_ms)
            balancer.finished(name, now_ms, 0.0, True)

    for times in sent.values():
        for start in range(0, 4_000, 500):
            within = sum(start <= at_ms < start + 1_000 for at_ms in times)
            assert within <= per_s * (1 + POLICY.burst_s) + 1


def test_a_region_that_is_lost_is_left_within_the_stated_time() -> None:
    dice, balancer = Dice(1), TwoChoices([*backends(4), *backends(4, "far")], POLICY)
    now_ms = 0
    while balancer.region(now_ms) == "home":
        name = balancer.choose(now_ms, dice)
        now_ms += 2
        if name is not None:
            balancer.finished(name, now_ms, 2, not name.startswith("home"))

    assert now_ms <= 2 * 8 * POLICY.failures_to_eject + POLICY.leave_after_ms + 100


def test_a_slow_backend_is_ejected_and_comes_back_when_it_is_well() -> None:
    dice, balancer = Dice(1), TwoChoices(backends(4), POLICY)

    def minutes(start_ms: int, end_ms: int, slow: str | None) -> set[Breaker]:
        seen = set()
        for now_ms in range(start_ms, end_ms, 5):
            name = balancer.choose(now_ms, dice)
            if name is not None:
                balancer.finished(name, now_ms, 60.0 if name == slow else 5.0, True)
            seen.add(balancer.breaker("home1", now_ms))
        return seen

    assert Breaker.OPEN in minutes(0, 1_900, "home1")
    minutes(1_900, 60_000, None)
    assert balancer.breaker("home1", 60_000) is Breaker.CLOSED


def test_a_stranger_has_no_breaker() -> None:
    with pytest.raises(ValueError, match="nobody"):
        TwoChoices(backends(1)).breaker("nobody", 0)


def test_the_null_part_asks_the_first() -> None:
    null = FirstBackend(backends(3))

    assert [null.choose(0, Dice(1)) for _ in range(3)] == ["home0"] * 3
    assert null.choose(0, Dice(1), ["home0"]) == "home1"
    assert null.region(0) == "home"
