"""Virtual time: the clock jumps, order is that of time, a deadlock is named."""

from __future__ import annotations

import asyncio

import pytest

from twitterlab.world.virtual import START_MS, VirtualClock, run_virtual


def test_an_hour_passes_at_once_and_to_the_millisecond() -> None:
    async def main(clock: VirtualClock) -> int:
        await clock.sleep_ms(3_600_000)
        return clock.now_ms()

    assert run_virtual(main) == START_MS + 3_600_000


def test_timers_fire_in_order_of_time() -> None:
    async def main(clock: VirtualClock) -> list[tuple[int, int]]:
        seen: list[tuple[int, int]] = []

        async def wake(after_ms: int) -> None:
            await clock.sleep_ms(after_ms)
            seen.append((after_ms, clock.now_ms() - START_MS))

        await asyncio.gather(*(wake(after) for after in (30, 10, 20, 10)))
        return seen

    assert run_virtual(main) == [(10, 10), (10, 10), (20, 20), (30, 30)]


def test_a_clock_may_be_skewed_without_moving_time() -> None:
    async def main(clock: VirtualClock) -> int:
        clock.step_ms = -5_000
        await clock.sleep_ms(1_000)
        return clock.now_ms()

    assert run_virtual(main) == START_MS - 4_000


def test_a_deadlock_is_an_error() -> None:
    async def main(clock: VirtualClock) -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="deadlock"):
        run_virtual(main)
