"""Nodes: what a crash destroys, what a pause keeps, and how queues form."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import pytest

from twitterlab.errors import BadInput, Refused, Uncertain
from twitterlab.world.charge import charge
from twitterlab.world.disk import DiskProfile
from twitterlab.world.node import Node
from twitterlab.world.samplers import Constant, Exponential
from twitterlab.world.sim import SimWorld
from twitterlab.world.world import World


@dataclass(frozen=True)
class Ask:
    name: str
    tags: tuple[str, ...]


class Counter:
    """Counts in memory, and on its disk what it must not forget."""

    def __init__(self, node: Node) -> None:
        self.node, self.value = node, 0
        node.serve("add", self.add)
        node.serve("value", lambda _: self.value)

    async def add(self, amount: int) -> int:
        await self.node.cpu(1.0)
        self.value += amount
        return self.value


def two(program: Callable[[Node], Any], **hardware: Any) -> tuple[SimWorld, Node, Node]:
    world = SimWorld(seed=1)
    server = world.nodes.add("server", program, **hardware)
    return world, server, world.nodes.add("client", zone="b")


def test_a_call_takes_its_way_there_the_work_and_the_way_back() -> None:
    world, _, client = two(Counter)

    async def main() -> tuple[int, float]:
        return await client.call("server", "add", 2), world.kernel.now_ns / 1e6

    value, took_ms = world.run(main())
    assert value == 2
    assert 1 + 2.0 <= took_ms <= 1 + 2.3


def test_a_call_that_was_answered_leaves_no_timer_behind() -> None:
    world, _, client = two(Counter)

    async def main() -> bool:
        await client.call("server", "add", 2, timeout_ms=3_600_000)
        return world.kernel.is_idle

    assert world.run(main()) is True


def test_a_message_is_a_copy_of_its_class() -> None:
    kept: list[Ask] = []
    world, _, client = two(lambda node: node.serve("ask", lambda ask: kept.append(ask) or {"n": [1]}))
    sent = Ask("x", ("a", "b"))

    async def main() -> list[Any]:
        return [await client.call("server", "ask", sent) for _ in range(2)]

    first, second = world.run(main())
    assert kept == [sent, sent]
    assert kept[0] is not sent and kept[0] is not kept[1]
    assert first == second and first is not second


def test_what_is_no_data_cannot_be_sent() -> None:
    world, _, client = two(Counter)

    with pytest.raises(BadInput, match="cannot be sent"):
        world.run(client.call("server", "add", object()))


def test_nobody_there_is_refused_and_no_answer_is_uncertain() -> None:
    world, server, client = two(Counter)

    async def main() -> list[str]:
        said = []
        for prepare in (lambda: server.crash(), lambda: server.crash(loses_power=True), server.start):
            prepare()
            try:
                said.append(str(await client.call("server", "add", 1, timeout_ms=100)))
            except (Refused, Uncertain) as failure:
                said.append(f"{type(failure).__name__}: {failure}")
        return said

    assert world.run(main()) == [
        "Refused: server is down", "Uncertain: server did not answer add in 100 ms", "1",
    ]  # fmt: skip


def test_a_method_that_is_not_served_is_refused() -> None:
    world, _, client = two(Counter)

    with pytest.raises(Refused, match="server does not know sub") as refused:
        world.run(client.call("server", "sub", 1))
    assert refused.value.kind == "not_found"


def test_a_crash_during_a_call_is_uncertain_at_once() -> None:
    world, server, client = two(Counter)

    async def main() -> float:
        world.kernel.after(1_500_000, server.crash)
        with pytest.raises(Uncertain, match="server crashed before it answered"):
            await client.call("server", "add", 1, timeout_ms=10_000)
        return world.kernel.now_ns / 1e6

    assert world.run(main()) < 3


def test_what_a_handler_says_travels_to_the_caller() -> None:
    def program(node: Node) -> None:
        async def refuse(_: None) -> None:
            raise Refused("not today", "closed")

        def doubt(_: None) -> None:
            raise Uncertain("who knows")

        node.serve("refuse", refuse)
        node.serve("doubt", doubt)

    world, _, client = two(program)

    async def main() -> None:
        with pytest.raises(Refused, match="not today") as refused:
            await client.call("server", "refuse")
        assert refused.value.kind == "closed"
        with pytest.raises(Uncertain, match="who knows"):
            await client.call("server", "doubt")

    world.run(main())


@pytest.mark.parametrize("is_async", [True, False])
def test_a_bug_in_a_handler_ends_the_run_and_says_where(is_async: bool) -> None:
    async def late(_: None) -> int:
        return 1 // 0

    world, _, client = two(lambda node: node.serve("bug", late if is_async else lambda _: 1 // 0))

    with pytest.raises(ZeroDivisionError) as error:
        world.run(client.call("server", "bug"))
    assert "server handling bug, at 0.0" in error.value.__notes__[0]


def test_a_bug_in_a_background_task_ends_the_run() -> None:
    async def beat(node: Node) -> None:
        await node.clock.sleep_ms(5)
        raise KeyError("beat")

    world, _, _ = two(beat)

    with pytest.raises(KeyError) as error:
        world.run(world.clock.sleep_ms(1_000))
    assert "server, task server.main, at 0.005" in error.value.__notes__[0]


def test_a_crash_runs_no_finally_and_a_restart_begins_anew() -> None:
    seen: list[str] = []

    async def program(node: Node) -> None:
        seen.append("start")
        try:
            await node.clock.sleep_ms(100)
            seen.append("slept")
        finally:
            seen.append("finally")

    world, server, _ = two(program)

    async def main() -> None:
        await world.clock.sleep_ms(50)
        server.crash()
        await world.clock.sleep_ms(500)
        server.start()
        await world.clock.sleep_ms(50)
        server.crash()
        await world.clock.sleep_ms(500)

    world.run(main())
    assert seen == ["start", "start"]


def test_tasks_made_by_asyncio_itself_die_with_their_process() -> None:
    seen: list[str] = []

    async def child() -> None:
        await asyncio.sleep(0.1)
        seen.append("child")

    async def program(node: Node) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(child())
            asyncio.get_running_loop().call_later(0.1, seen.append, "timer")
            await asyncio.gather(child(), child())

    world, server, _ = two(program)

    async def main() -> None:
        await world.clock.sleep_ms(50)
        server.crash()
        await world.clock.sleep_ms(500)

    world.run(main())
    assert seen == []


def test_memory_is_lost_and_the_synced_disk_is_not() -> None:
    async def program(node: Node) -> None:
        recovered = int(await node.disk.read("value")) if node.disk.names() else 0
        memory = [recovered]

        async def add(amount: int) -> int:
            memory[0] += amount
            await node.disk.replace("value", str(memory[0]).encode())
            await node.disk.fsync("value")
            return memory[0]

        node.serve("add", add)

    world, server, client = two(program)

    async def main() -> int:
        await client.call("server", "add", 5)
        server.crash(loses_power=True)
        server.start()
        await world.clock.sleep_ms(10)
        return await client.call("server", "add", 1)

    assert world.run(main()) == 6


def test_a_process_that_dies_alone_leaves_its_writes_to_the_machine_until_power_goes_too() -> None:
    world, server, _ = two(Counter)

    async def main() -> list[bool]:
        found = []
        for number in range(40):
            await server.disk.append(f"f{number}", b"x")
        for loses_power in (False, True):
            server.crash(loses_power)
            found.append(len(server.disk.names()) == 40)
        return found

    assert world.run(main()) == [True, False]


def test_a_paused_node_answers_later_as_if_nothing_had_been() -> None:
    world, server, client = two(Counter)

    async def main() -> tuple[int, float]:
        world.kernel.after(1_500_000, server.pause)
        world.kernel.after(501_500_000, server.resume)
        return await client.call("server", "add", 3, timeout_ms=10_000), world.kernel.now_ns / 1e6

    value, took_ms = world.run(main())
    assert value == 3
    assert 503.0 <= took_ms <= 503.3, "a pause lasts exactly as long as it lasts"


def test_what_arrives_during_a_pause_is_kept_in_its_order() -> None:
    seen: list[int] = []
    world, server, client = two(lambda node: node.serve("tell", seen.append))

    async def main() -> list[list[int]]:
        found = []
        server.pause()
        for number in range(5):
            client.send("server", "tell", number)
        for step in (lambda: None, server.resume):
            step()
            await world.clock.sleep_ms(50)
            found.append(list(seen))
        return found

    assert world.run(main()) == [[], [0, 1, 2, 3, 4]]


def test_a_slow_node_takes_longer_from_that_moment() -> None:
    world, server, client = two(Counter)

    async def main() -> list[float]:
        took = []
        for factor in (1, 10, 1):
            server.slow(factor)
            started = world.kernel.now_ns
            await client.call("server", "add", 1)
            took.append((world.kernel.now_ns - started) / 1e6)
        return took

    usual, slow, again = world.run(main())
    assert slow - usual == pytest.approx(9, abs=0.3)
    assert again == pytest.approx(usual, abs=0.3)


def test_work_waits_for_a_free_core() -> None:
    world, server, _ = two(Counter, cores=2)

    async def main() -> float:
        await asyncio.gather(*(server.cpu(10) for _ in range(5)))
        return world.kernel.now_ns / 1e6

    assert world.run(main()) == 30
    assert server.cores.busy_ns == 50_000_000


def test_work_is_drawn_from_a_distribution() -> None:
    world, server, _ = two(Counter)

    async def main() -> float:
        for _ in range(2_000):
            await server.cpu(Exponential(1.0))
        return world.kernel.now_ns / 1e6

    assert world.run(main()) == pytest.approx(2_000, rel=0.1)


def test_a_full_waiting_room_refuses_at_once() -> None:
    world, server, client = two(Counter, concurrency=2, backlog=3)

    async def ask() -> str:
        try:
            return str(await client.call("server", "add", 1))
        except Refused as refused:
            return refused.kind

    async def main() -> list[str]:
        return sorted(await asyncio.gather(*(ask() for _ in range(8))))

    assert world.run(main()) == ["1", "2", "3", "4", "5", "overloaded", "overloaded", "overloaded"]
    assert server.process is not None and server.process.service.refused_overloaded == 3


def test_a_thousand_that_wait_are_served_one_after_the_other() -> None:
    def program(node: Node) -> None:
        node.serve("slow", lambda _: node.clock.sleep_ms(100))
        node.serve("quick", lambda body: body)

    world, _, client = two(program, concurrency=1, backlog=5_000)

    async def main() -> list[int]:
        first = client.spawn(client.call("server", "slow"))
        answers = await asyncio.gather(*(client.call("server", "quick", number) for number in range(3_000)))
        await first
        return list(answers)

    assert world.run(main()) == list(range(3_000))


def test_an_answer_that_is_no_data_is_a_bug_of_its_handler() -> None:
    world, _, client = two(lambda node: node.serve("thing", lambda _: object()))

    with pytest.raises(BadInput, match="object cannot be sent") as error:
        world.run(client.call("server", "thing"))
    assert "server handling thing" in error.value.__notes__[0]


def test_a_machine_s_clock_may_step_and_drift() -> None:
    world, server, _ = two(Counter)

    async def main() -> list[int]:
        seen = []
        await world.clock.sleep_ms(1_000)
        server.clock.step_ms = 5_000
        seen.append(server.clock.now_ms() - world.clock.now_ms())
        server.clock.drift_ppm = 1_000
        await server.clock.sleep_ms(100_100)
        seen.append(server.clock.now_ms() - world.clock.now_ms())
        seen.append(world.clock.elapsed_ns())
        server.clock.drift_ppm = server.clock.step_ms = 0
        seen.append(server.clock.now_ms() - world.clock.now_ms())
        return seen

    assert world.run(main()) == [5_000, 5_100, 101_000_000_000, 100]


def test_whoever_works_on_a_node_from_outside_learns_that_it_crashed() -> None:
    world, server, client = two(Counter)

    async def stranded(waiting: Coroutine[Any, Any, None]) -> None:
        with pytest.raises(Uncertain, match="crashed while it"):
            await waiting

    async def main() -> None:
        world.kernel.after(1_000, server.crash)
        await stranded(server.cpu(100))
        world.kernel.after(1_000, client.crash)
        await stranded(client.call("server", "add", 1))
        with pytest.raises(Uncertain, match="client is down"):
            client.send("server", "add", 1)

    world.run(main())


def test_what_arrives_twice_is_done_twice_and_answered_once() -> None:
    from twitterlab.world.links import Impairment

    world, _, client = two(Counter)
    world.network.link("client", "server").impair(Impairment(duplication=1.0))

    async def main() -> list[int]:
        answers = [await client.call("server", "add", 1)]
        await world.clock.sleep_ms(100)
        return [*answers, await client.call("server", "value")]

    assert world.run(main()) == [1, 2]


def test_a_disk_belongs_to_its_machine() -> None:
    world, server, client = two(Counter, disk=DiskProfile(fsync=Constant(7)))

    async def main() -> float:
        await server.disk.append("f", b"x")
        started = world.kernel.now_ns
        await server.disk.fsync("f")
        assert client.disk.names() == []
        return (world.kernel.now_ns - started) / 1e6

    assert world.run(main()) == 7


def test_a_node_is_the_world_to_what_runs_on_it() -> None:
    world, server, client = two(Counter)
    as_world: World = server
    server.clock.step_ms = 60_000

    assert (as_world.source, as_world.seed, as_world.stopwatch_ns()) == ("simulated", 1, 0)
    assert as_world.clock.now_ms() == world.clock.now_ms() + 60_000
    assert as_world.chance("ids").random() != client.chance("ids").random()


def test_an_operation_costs_what_the_profile_of_its_node_says() -> None:
    async def read(_: None) -> None:
        await charge("sqlite.read")
        await charge("what nobody measured")

    world, _, client = two(lambda node: node.serve("read", read), profile={"sqlite.read": Constant(3)})

    async def main() -> float:
        await charge("sqlite.read")  # on no node: free
        await asyncio.gather(*(client.call("server", "read") for _ in range(4)))
        return world.kernel.now_ns / 1e6

    assert 12 + 2.0 <= world.run(main()) <= 12 + 2.3


def test_a_task_that_fails_and_nobody_awaits_ends_the_run() -> None:
    async def fail() -> None:
        raise LookupError("nobody looks")

    async def doubt() -> None:
        raise Uncertain("that is no bug")

    async def program(node: Node) -> None:
        await asyncio.gather(asyncio.create_task(doubt()), return_exceptions=True)
        asyncio.create_task(doubt())  # noqa: RUF006  (that nobody holds it is the point)
        await node.clock.sleep_ms(5)
        asyncio.create_task(fail())  # noqa: RUF006
        await node.clock.sleep_ms(5)

    world, _, _ = two(program)

    with pytest.raises(LookupError) as error:
        world.run(world.clock.sleep_ms(1_000))
    assert "never retrieved, at 0.005" in error.value.__notes__[0]
