"""asyncio in virtual time: deterministic where asyncio is not, closed to the outside world."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from twitterlab.world.kernel import Deadlock, Livelock
from twitterlab.world.loop import VirtualLoop
from twitterlab.world.node import Node
from twitterlab.world.seal import NotInSimulation
from twitterlab.world.sim import SimWorld
from twitterlab.world.virtual import VirtualClock, run_virtual


def _shifted(run: Callable[[], object]) -> object:
    """Run it with other addresses in memory."""
    ballast = [object() for _ in range(1_237)]
    result = run()
    ballast.clear()
    return result


def test_the_done_set_of_wait_has_one_order() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        tasks = [asyncio.create_task(asyncio.sleep(0), name=f"t{n}") for n in range(50)]
        done, _ = await asyncio.wait(tasks)
        return [task.get_name() for task in done]

    first = run_virtual(main)
    assert all(_shifted(lambda: run_virtual(main)) == first for _ in range(5))


def test_futures_in_a_set_have_one_order() -> None:
    async def main(clock: VirtualClock) -> list[int]:
        loop = asyncio.get_running_loop()
        numbers = {loop.create_future(): n for n in range(50)}
        return [numbers[future] for future in set(numbers)]

    first = run_virtual(main)
    assert all(_shifted(lambda: run_virtual(main)) == first for _ in range(5))


def test_a_failing_task_group_cancels_in_one_order() -> None:
    async def main(clock: VirtualClock) -> list[int]:
        seen: list[int] = []

        async def wait(number: int) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                seen.append(number)

        async def fail() -> None:
            await clock.sleep_ms(1)
            raise ValueError

        try:
            async with asyncio.TaskGroup() as group:
                for number in range(50):
                    group.create_task(wait(number))
                group.create_task(fail())
        except* ValueError:
            pass
        return seen

    first = run_virtual(main)
    assert all(_shifted(lambda: run_virtual(main)) == first for _ in range(5))


def test_time_is_exact_after_a_million_steps() -> None:
    async def main(clock: VirtualClock) -> int:
        for _ in range(100_000):
            await asyncio.sleep(0.1)
        return clock.elapsed_ns()

    assert run_virtual(main) == 100_000 * 100_000_000


def test_a_timeout_ends_exactly_when_it_should() -> None:
    async def main(clock: VirtualClock) -> int:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await asyncio.Event().wait()
        return clock.elapsed_ns()

    assert run_virtual(main) == 300_000_000


def test_a_deadlock_names_who_waits_where() -> None:
    async def stuck() -> None:
        await asyncio.Event().wait()

    async def main(clock: VirtualClock) -> None:
        await asyncio.create_task(stuck(), name="the-reader")

    with pytest.raises(Deadlock, match=r"the-reader at .*test_loop\.py:\d+ `await asyncio\.Event\(\)\.wait\(\)`"):
        run_virtual(main)


def test_a_task_that_never_waits_is_named() -> None:
    async def main(clock: VirtualClock) -> None:
        while True:
            await asyncio.sleep(0)

    with pytest.raises(Livelock, match=r"time stands still; 1 tasks: .*test_loop\.py"):
        run_virtual(main)


@pytest.mark.parametrize(
    "leave",
    [
        lambda: threading.Thread(target=print).start(),
        lambda: socket.socket(),
        lambda: socket.create_connection(("localhost", 1)),
        lambda: multiprocessing.get_context("spawn").Process(target=print).start(),
        lambda: os.system("true"),
        lambda: input(),
        lambda: subprocess.run(["true"], check=False),
        lambda: time.sleep(0.1),  # noqa: TID251  (it must be refused)
        lambda: asyncio.get_running_loop().run_in_executor(None, print),
        lambda: asyncio.get_running_loop().add_signal_handler(2, print),
        lambda: asyncio.get_running_loop().create_connection(None, "localhost", 1),
        lambda: asyncio.get_running_loop().subprocess_exec(None, "true"),
    ],
)
def test_the_outside_world_is_refused_where_it_is_asked_for(leave: Callable[[], object]) -> None:
    async def main(clock: VirtualClock) -> None:
        with pytest.raises(NotInSimulation, match=r"inside a simulation.*\. .*\."):
            leave()

    run_virtual(main)


def test_a_node_writes_no_real_file_and_reads_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "given").write_text("settings")
    said: list[str] = []

    async def program(node: Node) -> None:
        said.append((tmp_path / "given").read_text())
        for write in (lambda: (tmp_path / "state").write_text("1"), lambda: open(tmp_path / "state", "ab")):  # noqa: PTH123, SIM115
            with pytest.raises(NotInSimulation, match=r"a real file that a node writes .* node\.disk"):
                write()

    world = SimWorld()
    world.nodes.add("a", program)
    world.run(world.clock.sleep_ms(1))
    (tmp_path / "state").write_text("free again")

    assert said == ["settings"]


def test_another_thread_of_the_program_is_free_meanwhile() -> None:
    made: list[socket.socket] = []
    go, done = threading.Event(), threading.Event()

    def elsewhere() -> None:
        go.wait()
        made.append(socket.socket())
        done.set()

    thread = threading.Thread(target=elsewhere)
    thread.start()

    async def main(clock: VirtualClock) -> None:
        go.set()
        done.wait()

    run_virtual(main)
    thread.join()
    made[0].close()


def test_another_thread_may_not_call_in() -> None:
    go, done = threading.Event(), threading.Event()
    refused: list[BaseException] = []

    def elsewhere(loop: asyncio.AbstractEventLoop) -> None:
        go.wait()
        try:
            loop.call_soon_threadsafe(print)
        except NotInSimulation as error:
            refused.append(error)
        done.set()

    loop = VirtualLoop()
    thread = threading.Thread(target=elsewhere, args=(loop,))
    thread.start()

    async def main() -> None:
        go.set()
        done.wait()

    loop.run_until_complete(main())
    loop.close()
    thread.join()
    assert [str(error).split(":")[0] for error in refused] == ["a call from another thread inside a simulation"]


class Knot:
    """Garbage that only the collector finds, and that says when it did."""

    def __init__(self, found: list[int], clock: VirtualClock | None = None) -> None:
        self.me, self.found, self.clock = self, found, clock

    def __del__(self) -> None:
        self.found.append(self.clock.elapsed_ns() if self.clock else -1)


def test_garbage_is_collected_at_one_event_in_every_run_and_only_the_run_s_own() -> None:
    found: list[int] = []

    async def main(clock: VirtualClock) -> None:
        await clock.sleep_ms(1)
        Knot(found, clock)
        while len(found) < 1 and clock.elapsed_ns() < 10**9:
            for _ in range(1_000):
                await asyncio.sleep(0)
            await clock.sleep_ms(1)

    Knot(found)
    gc.disable()
    try:
        seen = []
        for _ in range(2):
            Knot(found)
            found.clear()
            run_virtual(main)
            seen.append(list(found))
    finally:
        gc.enable()
    assert seen[0] == seen[1]
    assert 10**6 < seen[0][0] < 10**9


def test_a_simulation_runs_within_a_real_loop_as_in_a_notebook_and_not_within_another() -> None:
    async def nested(clock: VirtualClock) -> int:
        await clock.sleep_ms(60_000)
        return clock.elapsed_ns()

    async def within_a_real_loop() -> tuple[int, bool]:
        before = asyncio.get_running_loop()
        elapsed_ns = run_virtual(nested)
        await asyncio.sleep(0)
        return elapsed_ns, asyncio.get_running_loop() is before

    async def within_another(clock: VirtualClock) -> None:
        inner, coroutine = VirtualLoop(), nested(clock)
        with pytest.raises(RuntimeError, match="another loop is running"):
            inner.run_until_complete(coroutine)
        coroutine.close()

    assert asyncio.run(within_a_real_loop()) == (60_000_000_000, True)
    run_virtual(within_another)


def test_outside_a_run_nothing_is_refused() -> None:
    async def main(clock: VirtualClock) -> bool:
        return gc.isenabled()

    assert run_virtual(main) is False
    assert gc.isenabled()
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
