"""Faults: each does what its docstring says, ends when it should, and several at once add up."""

from __future__ import annotations

import pytest

from twitterlab.errors import Failure
from twitterlab.model.event import EVENT_KINDS
from twitterlab.model.fault import (
    FAULTS,
    ClockDrift,
    ClockStep,
    Crash,
    Delay,
    DiskCorruption,
    DiskFull,
    Duplicating,
    Fault,
    FaultPlan,
    Lossy,
    Partition,
    Pause,
    Reordering,
    Scheduled,
    Slow,
)
from twitterlab.world.faults import Faults, Impossible, Mend
from twitterlab.world.kernel import Kernel
from twitterlab.world.node import Node
from twitterlab.world.plan import MENU
from twitterlab.world.sim import SimWorld
from twitterlab.world.trace import Trace


def echo(node: Node) -> None:
    async def answer(body: object) -> object:
        await node.cpu(1)
        return body

    node.serve("echo", answer)


def triangle(trace: Trace | None = None) -> SimWorld:
    world = SimWorld(seed=1, trace=trace)
    for name, zone in (("a", "a"), ("b", "b"), ("c", "c")):
        world.nodes.add(name, echo, zone=zone)
    return world


async def reaches(world: SimWorld) -> set[str]:
    """Which ordered pairs can call each other right now."""
    found = set()
    for start in world.nodes:
        for end in world.nodes:
            try:
                if start is not end:
                    await start.call(end.name, "echo", timeout_ms=20)
                    found.add(f"{start.name}>{end.name}")
            except Failure:
                continue
    return found


ALL = {"a>b", "a>c", "b>a", "b>c", "c>a", "c>b"}


@pytest.mark.parametrize(
    ("fault", "targets", "left"),
    [
        (Partition(), ("a",), {"b>c", "c>b"}),
        (Partition(), ("a", "b"), {"a>b", "b>a"}),
        (Partition(against=("b",)), ("a",), ALL - {"a>b", "b>a"}),
        (Partition(is_one_way=True), ("a",), {"b>c", "c>b"}),  # an answer needs both ways
        (Partition(), ("zone:frankfurt/a",), {"b>c", "c>b"}),
        (Crash(), ("b",), {"a>c", "c>a"}),
        (Crash(loses_power=True), ("b",), {"a>c", "c>a"}),
        (Pause(), ("c",), {"a>b", "b>a"}),
        (Slow(100), ("c",), {"a>b", "b>a", "c>a", "c>b"}),
        (Lossy(1.0), ("a",), {"b>c", "c>b"}),
        (Delay(30), ("a",), {"b>c", "c>b"}),
        (ClockStep(1_000), ("a",), ALL),
        (DiskFull(), ("a",), ALL),
    ],
    ids=lambda value: "+".join(sorted(value)) if isinstance(value, set) else str(value),
)
def test_a_fault_hits_whom_it_names_and_ends(fault: Fault, targets: tuple[str, ...], left: set[str]) -> None:
    world = triangle()

    async def main() -> tuple[set[str], set[str]]:
        mend = world.faults.inject(fault, *targets)
        during = await reaches(world)
        mend()
        await world.clock.sleep_ms(200)
        return during, await reaches(world)

    assert world.run(main()) == (left, ALL)


def test_one_way_lets_messages_pass_the_other_way() -> None:
    world = triangle()
    heard: list[str] = []
    for node in world.nodes:
        node.serve("tell", heard.append)

    async def main() -> None:
        world.faults.inject(Partition(is_one_way=True, against=("b",)), "a")
        world.nodes["a"].send("b", "tell", "a to b")
        world.nodes["b"].send("a", "tell", "b to a")
        await world.clock.sleep_ms(10)

    world.run(main())
    assert heard == ["b to a"]


def test_a_flapping_partition_opens_and_closes() -> None:
    world = triangle()

    async def main() -> list[bool]:
        mend = world.faults.inject(Partition(flap_ms=100), "a")
        seen = []
        for _ in range(6):
            await world.clock.sleep_ms(50 if not seen else 100)
            seen.append(world.network.link("a", "b").is_cut)
        mend()
        return [*seen, world.network.link("a", "b").is_cut]

    assert world.run(main()) == [True, False, True, False, True, False, False]


@pytest.mark.parametrize(
    "fault", [Crash(), Pause(), DiskFull(), Partition(), Slow(3), ClockStep(500), ClockDrift(9)], ids=str
)
def test_two_at_once_end_with_the_second(fault: Fault) -> None:
    world = triangle()
    node = world.nodes["a"]

    def condition() -> tuple[object, ...]:
        cut = world.network.link("a", "b").is_cut
        return node.state, node.disk.is_full, cut, node.disk.slowness, node.clock.step_ms, node.clock.drift_ppm

    async def main() -> list[tuple[object, ...]]:
        seen = [condition()]
        first, second = world.faults.inject(fault, "a"), world.faults.inject(fault, "a")
        first()
        first()  # a second call is without effect
        seen.append(condition())
        second()
        return [*seen, condition()]

    usual, during, after = world.run(main())
    assert usual == after != during


def test_a_link_between_two_targets_is_hit_once() -> None:
    world = triangle()
    world.faults.inject(Lossy(0.5), "a", "b")
    heard: list[int] = []
    world.nodes["b"].serve("tell", heard.append)

    async def main() -> None:
        for number in range(2_000):
            world.nodes["a"].send("b", "tell", number)
        await world.clock.sleep_ms(100)

    world.run(main())
    assert abs(len(heard) - 1_000) < 4 * 23


def test_corruption_changes_a_file_for_good() -> None:
    world = triangle()
    disk = world.nodes["a"].disk

    async def main() -> bytes:
        await disk.append("f", b"0123456789")
        world.faults.inject(DiskCorruption(), "a")()
        return await disk.read("f")

    assert world.run(main()) != b"0123456789"


def test_a_plan_is_followed_to_the_millisecond_and_heals() -> None:
    trace = Trace()
    world = triangle(trace)
    plan = FaultPlan(
        (
            Scheduled(100, Crash(), ("a",), 50),
            Scheduled(200, Pause(), ("b",), None),
            Scheduled(300, Crash(), ("z",), 1),
        ),
        heal_ms=400,
        until_ms=500,
    )
    world.faults.follow(plan)

    world.run(world.clock.sleep_ms(500))

    told = [
        (event.at_ns / 1e6, event.kind, event.fields.get("phase", event.fields.get("state")))
        for event in trace.events()
        if event.at_ns
    ]
    assert told == [
        (100, "state", "down"), (100, "fault", "begin"), (150, "state", "up"), (150, "fault", "end"),
        (200, "state", "paused"), (200, "fault", "begin"), (300, "fault", "impossible"),
        (400, "state", "up"), (400, "fault", "end"), (400, "healed", None),
    ]  # fmt: skip
    assert [missed.reason for missed in world.faults.missed] == ["no node is 'z'"]
    assert world.faults.active == 0


def test_a_backend_that_cannot_do_a_fault_is_reported_not_skipped() -> None:
    class OnlyCrashes:
        def inject(self, fault: Fault, targets: tuple[str, ...]) -> Mend:
            if not isinstance(fault, Crash):
                raise Impossible(f"no {type(fault).__name__} on real machines")
            return lambda: None

    kernel, noted = Kernel(), []
    faults = Faults(
        OnlyCrashes(), lambda ms, call: kernel.after(round(ms * 1e6), call), lambda *a, **k: noted.append(k)
    )
    faults.follow(FaultPlan((Scheduled(1, Crash(), ("a",), 1), Scheduled(2, ClockStep(1), ("a",), 1)), 10, 20))

    kernel.run()

    assert [missed.reason for missed in faults.missed] == ["no ClockStep on real machines"]
    assert [scheduled.fault for scheduled in faults.done] == [Crash()]
    assert "impossible" in [fields.get("phase") for fields in noted]


def test_every_fault_of_the_vocabulary_can_be_done_and_undone() -> None:
    world = triangle()

    async def main() -> set[str]:
        for kind in FAULTS:
            for fault in MENU[kind]:
                world.faults.inject(fault, "a")
        await world.clock.sleep_ms(1_000)
        world.faults.heal()
        await world.clock.sleep_ms(1_000)
        return await reaches(world)

    assert world.run(main()) == ALL
    assert {Duplicating, Reordering} < set(FAULTS)


def test_the_trace_of_faulty_traffic_uses_the_documented_fields() -> None:
    trace = Trace()
    world = triangle(trace)
    world.nodes["a"].log("hello")
    world.nodes["a"].gauge("queue", 3)

    async def main() -> None:
        world.faults.inject(Lossy(0.5), "a")
        await reaches(world)
        world.faults.heal()

    world.run(main())

    vocabulary = {kind.name: set(kind.fields) for kind in EVENT_KINDS}
    seen = set()
    for event in trace.events():
        assert vocabulary[event.kind] <= set(event.fields), event
        seen.add(event.kind)
    assert seen == set(vocabulary)


def test_chosen_faults_end_and_the_others_stay() -> None:
    world = triangle()

    async def main() -> tuple[int, int, list[str]]:
        world.faults.inject(Crash(), "a")
        world.faults.inject(Crash(), "b")
        world.faults.inject(Slow(), "c")
        ended = world.faults.end(lambda fields: fields["fault"] == "Crash" and fields["target"] == ["a"])
        return ended, world.faults.active, [node.state for node in world.nodes]

    assert world.run(main()) == (1, 2, ["up", "down", "up"])
