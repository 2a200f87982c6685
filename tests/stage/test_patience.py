"""Patience: time in which nobody could answer is not counted."""

from __future__ import annotations

import asyncio
import time

import pytest

from twitterlab.stage.patience import SLICES, Patience
from twitterlab.world.virtual import VirtualClock, run_virtual


def test_what_takes_longer_is_given_up_at_its_time() -> None:
    async def main(clock: VirtualClock) -> int:
        with pytest.raises(TimeoutError):
            async with Patience(5.0):
                await clock.sleep_ms(60_000)
        return clock.elapsed_ns()

    assert run_virtual(main) == 5_000_000_000


def test_what_is_in_time_leaves_nothing_behind() -> None:
    async def main(clock: VirtualClock) -> int:
        async with Patience(5.0):
            await clock.sleep_ms(4_999)
        await clock.sleep_ms(10_000)
        return clock.elapsed_ns()

    assert run_virtual(main) == 14_999_000_000


def test_a_process_that_stood_still_still_hears_the_answer() -> None:
    async def main() -> str:
        async with Patience(0.05):
            answer = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(0.05 / SLICES * 2, answer.set_result, "late")
            time.sleep(0.2)  # noqa: TID251  (the machine does other work: four times as long as the limit)
            return str(await answer)

    assert asyncio.run(main()) == "late"


def test_a_cancellation_from_outside_stays_one() -> None:
    async def main(clock: VirtualClock) -> bool:
        async def waits() -> None:
            async with Patience(5.0):
                await clock.sleep_ms(60_000)

        task = asyncio.ensure_future(waits())
        await clock.sleep_ms(1)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert run_virtual(main)
