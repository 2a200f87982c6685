"""The scheduling core: order is that of (time, sequence), and every run has bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitterlab.world import kernel as core
from twitterlab.world.kernel import Kernel, Livelock


@given(st.lists(st.integers(0, 20), max_size=60))
def test_callbacks_run_by_time_and_within_one_time_as_scheduled(delays: list[int]) -> None:
    kernel, seen = Kernel(), []

    for number, delay in enumerate(delays):
        kernel.after(delay, lambda number=number: seen.append((kernel.now_ns, number)))
    kernel.run()

    assert seen == sorted((delay, number) for number, delay in enumerate(delays))


def test_what_is_due_at_a_time_runs_before_what_it_schedules_at_that_time() -> None:
    kernel, seen = Kernel(), []

    kernel.after(5, lambda: (seen.append("first"), kernel.soon(seen.append, "third")))
    kernel.after(5, seen.append, "second")
    kernel.run()

    assert seen == ["first", "second", "third"]


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=60))
def test_a_cancelled_timer_never_fires_and_leaves_nothing_behind(plans: list[tuple[int, bool]]) -> None:
    kernel, seen = Kernel(), []

    timers = [kernel.timer(delay, seen.append, number) for number, (delay, _) in enumerate(plans)]
    for timer, (_, is_cancelled) in zip(timers, plans, strict=True):
        if is_cancelled:
            timer.cancel()
            timer.cancel()
    kernel.run()

    assert sorted(seen) == [number for number, (_, is_cancelled) in enumerate(plans) if not is_cancelled]
    assert kernel.is_idle


def test_cancelled_timers_do_not_pile_up() -> None:
    kernel = Kernel()

    for _ in range(5 * core.SLICE):
        kernel.timer(10**12, print).cancel()

    assert len(kernel._heap) <= 2 * core.SLICE


def test_running_until_a_time_stops_there_and_goes_on_later() -> None:
    kernel, seen = Kernel(), []
    kernel.after(10, seen.append, "ten")
    kernel.after(11, seen.append, "eleven")

    kernel.run(until_ns=10)
    assert (seen, kernel.now_ns) == (["ten"], 10)
    kernel.run()

    assert seen == ["ten", "eleven"]


def test_a_loop_that_never_waits_is_a_livelock() -> None:
    kernel = Kernel()

    def again() -> None:
        kernel.soon(again)

    kernel.after(7, again)
    with pytest.raises(Livelock, match="time stands still"):
        kernel.run()


def test_a_run_has_a_bound_on_events() -> None:
    kernel = Kernel(max_events=25_000)

    def tick() -> None:
        kernel.after(1, tick)

    tick()
    with pytest.raises(Livelock, match="25,000 events"):
        kernel.run()
    assert kernel.events == 25_000
