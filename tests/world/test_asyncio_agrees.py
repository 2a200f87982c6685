"""The virtual loop against asyncio's own, with a clock that jumps: random programs do the same in the same order."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twitterlab.world.chance import SeededChance
from twitterlab.world.loop import VirtualLoop

Step = tuple[str, int]
STEP = st.tuples(
    st.sampled_from(("sleep", "yield", "lock", "put", "get", "spawn", "shield", "gather")), st.integers(0, 5)
)
PROGRAM = st.lists(st.lists(STEP, max_size=6), min_size=1, max_size=5)


class Jumping(selectors.BaseSelector):
    """Stands in for asyncio's selector: instead of waiting it moves the clock to the next timer."""

    loop: Stock

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, 0, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, 0, 0, None)

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout:
            self.loop.now = self.loop._scheduled[0]._when
        return []

    def get_map(self) -> Any:
        return {}


class Stock(asyncio.SelectorEventLoop):
    """asyncio's own loop."""

    def __init__(self) -> None:
        self.now = 0.0
        selector = Jumping()
        selector.loop = self
        super().__init__(selector)
        self._clock_resolution = 1e-12  # the clock is exact: nothing is due that is only nearly due

    def time(self) -> float:
        return self.now


async def perform(program: list[list[Step]]) -> list[tuple[float, int, str]]:
    """Run the program's tasks, and log who did what when."""
    loop = asyncio.get_running_loop()
    log: list[tuple[float, int, str]] = []
    lock, queue = asyncio.Lock(), asyncio.Queue[int](2)
    spawned: list[asyncio.Task[None]] = []

    chance = SeededChance(1, "bits")

    def seconds(units: int) -> float:
        """Eighths and a bit, so that no two are due at one time: asyncio promises no order for those."""
        return units / 8 + chance.random() / 1_000

    async def pause(units: int) -> None:
        await asyncio.sleep(seconds(units) if units else 0)

    async def do(task: int, kind: str, units: int) -> str:
        match kind:
            case "sleep":
                await pause(units)
            case "yield":
                await asyncio.sleep(0)
            case "lock":
                async with lock:
                    await pause(units)
            case "put" | "get":
                moving = queue.put(units) if kind == "put" else queue.get()
                try:
                    return str(await asyncio.wait_for(moving, seconds(units)))
                except TimeoutError:
                    return "timeout"
            case "spawn":
                spawned.append(asyncio.create_task(run(task + 10, [("sleep", units)])))
            case "shield":
                try:
                    async with asyncio.timeout(seconds(units) / 2):
                        await asyncio.shield(pause(units))
                except TimeoutError:
                    return "timeout"
            case "gather":
                await asyncio.gather(pause(units), pause(0), lock.acquire())
                lock.release()
        return "done"

    async def run(task: int, steps: list[Step]) -> None:
        for kind, units in steps:
            outcome = await do(task, kind, units)
            log.append((loop.time(), task, f"{kind} {units} {outcome}"))

    async with asyncio.TaskGroup() as group:
        for number, steps in enumerate(program):
            group.create_task(run(number, steps))
    await asyncio.gather(*spawned)
    await asyncio.sleep(10)  # what was shielded comes to its end
    return log


def on(loop: asyncio.AbstractEventLoop, program: list[list[Step]]) -> list[tuple[float, int, str]]:
    try:
        return loop.run_until_complete(perform(program))
    finally:
        loop.close()


@settings(max_examples=150, deadline=None)
@given(PROGRAM)
def test_a_program_does_the_same_on_both_loops(program: list[list[Step]]) -> None:
    ours, stock = on(VirtualLoop(), program), on(Stock(), program)

    assert [entry[1:] for entry in ours] == [entry[1:] for entry in stock]
    assert [entry[0] for entry in ours] == pytest.approx([entry[0] for entry in stock], abs=1e-7)
