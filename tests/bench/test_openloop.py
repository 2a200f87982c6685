"""The open-loop driver, on virtual time."""

from __future__ import annotations

import asyncio

import pytest

from twitterlab.bench.openloop import IN_FLIGHT, OpenLoop, Outcome
from twitterlab.bench.workload import Action, Operation
from twitterlab.world.virtual import VirtualClock, run_virtual

MS = 1_000_000


def schedule(count: int, every_ms: int) -> list[Operation]:
    return [Operation(number * every_ms * MS, Action.READ, 0, 0, "tea", 0.0) for number in range(count)]


def drive(planned: list[Operation], perform: object, within_s: float = 60.0) -> Outcome:
    """Run a schedule on a system that answers as `perform(clock, operation)` does."""

    async def story(clock: VirtualClock) -> Outcome:
        loop = asyncio.get_running_loop()

        async def answer(operation: Operation) -> bool:
            return await perform(clock, operation)  # type: ignore[operator]

        return await OpenLoop(clock, lambda: round(loop.time() * 1e9), answer).run(planned, within_s)

    return run_virtual(story)


async def quick(clock: VirtualClock, operation: Operation) -> bool:
    await clock.sleep_ms(5)
    return True


def test_every_operation_is_done_at_its_time() -> None:
    outcome = drive(schedule(100, 10), quick)

    assert outcome.done[Action.READ] == 100
    assert outcome.unfinished == 0
    assert outcome.took_s == pytest.approx(0.995, abs=0.001)
    assert outcome.latencies[Action.READ].quantile_ms(1.0) == pytest.approx(5, rel=0.01)


def test_a_stall_is_paid_for_by_everybody_who_came_meanwhile() -> None:
    """One stall of two seconds: measured from intended start it is in the median, closed-loop it would be in one call."""

    async def stalls(clock: VirtualClock, operation: Operation) -> bool:
        if clock.now_ms() % 100_000 < 2_000:
            await clock.sleep_ms(2_000 - clock.now_ms() % 100_000)
        return True

    outcome = drive(schedule(200, 10), stalls)

    assert outcome.latencies[Action.READ].quantile_ms(0.5) == pytest.approx(1_000, rel=0.02)
    assert outcome.latencies[Action.READ].quantile_ms(0.99) == pytest.approx(1_980, rel=0.02)


def test_waiting_in_line_counts() -> None:
    async def slow(clock: VirtualClock, operation: Operation) -> bool:
        await clock.sleep_ms(100)
        return True

    outcome = drive(schedule(2 * IN_FLIGHT, 0), slow)

    assert outcome.latencies[Action.READ].quantile_ms(0.5) == pytest.approx(100, rel=0.01)
    assert outcome.latencies[Action.READ].quantile_ms(1.0) == pytest.approx(200, rel=0.01)


def test_what_never_comes_back_is_cut_off_and_counted_with_its_wait() -> None:
    async def hangs(clock: VirtualClock, operation: Operation) -> bool:
        if operation.at_ns == 0:
            await asyncio.Event().wait()
        return True

    outcome = drive(schedule(10, 10), hangs, within_s=3.0)

    assert (outcome.done[Action.READ], outcome.unfinished) == (9, 1)
    assert outcome.latencies[Action.READ].count == 10
    assert outcome.latencies[Action.READ].quantile_ms(1.0) == pytest.approx(3_000, rel=0.01)


def test_a_failure_is_no_operation_done() -> None:
    async def fails(clock: VirtualClock, operation: Operation) -> bool:
        return False

    assert drive(schedule(5, 1), fails).done[Action.READ] == 0


def test_our_own_bugs_are_not_swallowed() -> None:
    async def broken(clock: VirtualClock, operation: Operation) -> bool:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        drive(schedule(1, 1), broken)
