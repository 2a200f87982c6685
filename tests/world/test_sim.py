"""The whole world: one seed, one trace; requests followed across nodes; the World that platforms use."""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import logging
import tracemalloc
import warnings
import weakref
from pathlib import Path
from types import ModuleType

import pytest

from twitterlab.world.graves import COLLECT_EVERY
from twitterlab.world.kernel import Deadlock, Livelock
from twitterlab.world.node import Node
from twitterlab.world.sim import SimWorld
from twitterlab.world.trace import Trace
from twitterlab.world.twice import twice
from twitterlab.world.world import World

THREE_REGIONS = Path(__file__).with_name("three_regions.py")
PINNED = (18, 43_791, "9d7681ccf261504dcda70816c9a481d554d2a96bdd7420c19f5d69ff20fc09be")


def three_regions() -> ModuleType:
    spec = importlib.util.spec_from_file_location("three_regions", THREE_REGIONS)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_minute_of_three_regions_with_faults_has_the_pinned_trace() -> None:
    seed, events, sha256 = PINNED
    trace = Trace(seed)

    world = three_regions().scenario(seed, trace)

    assert len(world.nodes) == 12
    assert len(world.faults.done) == 10 and not world.faults.missed
    assert (trace.written, trace.sha256) == (events, sha256)


def test_another_process_another_hash_seed_and_other_addresses_make_the_same_trace() -> None:
    found = twice(f"{THREE_REGIONS}:scenario", PINNED[0])

    assert found.difference is None, str(found.difference)
    assert (found.error, found.events) == ("", PINNED[1] + 1)


def test_watching_a_world_does_not_change_it() -> None:
    module = three_regions()
    module.SECONDS = 10

    seen, unseen = module.scenario(18, Trace()), module.scenario(18, None)

    assert seen.network.carried == unseen.network.carried > 1_000
    assert seen.network.lost == unseen.network.lost


def test_another_seed_is_another_run() -> None:
    module, hashes = three_regions(), set()
    module.SECONDS = 3
    for seed in range(4):
        trace = Trace(seed)
        module.scenario(seed, trace)
        hashes.add(trace.sha256)

    assert len(hashes) == 4


def chain(node: Node) -> None:
    """front asks middle asks back; each works a millisecond."""
    following = {"front": "middle", "middle": "back"}

    async def ask(depth: int) -> int:
        await node.cpu(1)
        if node.name in following:
            return int(await node.call(following[node.name], "ask", depth + 1))
        return depth

    node.serve("ask", ask)


def test_a_request_is_followed_through_every_node_with_where_its_time_went() -> None:
    trace = Trace()
    world = SimWorld(1, trace)
    for name in ("front", "middle", "back"):
        world.nodes.add(name, chain, zone=name)
    client = world.nodes.add("client", zone="client")

    async def main() -> list[int]:
        return list(await asyncio.gather(*(client.call("front", "ask", 0) for _ in range(3))))

    assert world.run(main()) == [2, 2, 2]
    events = [event for event in trace.events() if event.kind in ("span", "call")]
    requests = {event.fields["request"] for event in events}
    assert len(requests) == 3
    for request in requests:
        mine = [event for event in events if event.fields["request"] == request]
        spans = {event.fields["span"]: event for event in mine if event.kind == "span"}
        calls = {event.fields["span"]: event for event in mine if event.kind == "call"}
        assert [event.fields["node"] for event in spans.values()] == ["back", "middle", "front"]
        assert all(event.fields["parent"] in calls for event in spans.values())
        assert sum(event.fields["parent"] == 0 for event in calls.values()) == 1
        assert all(event.fields["cpu_ns"] == 1_000_000 for event in spans.values())
    queued = sorted(
        event.fields["queued_ns"] for event in events if event.kind == "span" and event.fields["node"] == "front"
    )
    assert queued[0] == 0 < queued[1] < queued[2] <= 2_000_000


def test_the_time_in_the_waiting_room_is_part_of_the_queueing() -> None:
    trace = Trace()
    world = SimWorld(1, trace)

    async def work(_: None) -> None:
        await node.cpu(10)

    node = world.nodes.add("server", lambda node: node.serve("work", work), cores=4, concurrency=1)
    client = world.nodes.add("client")

    async def main() -> None:
        await asyncio.gather(*(client.call("server", "work") for _ in range(3)))

    world.run(main())

    queued = [event.fields["queued_ns"] for event in trace.events() if event.kind == "span"]
    assert queued == pytest.approx([0, 10_000_000, 20_000_000], abs=100_000)


def test_it_is_a_world_to_the_code_that_runs_in_it() -> None:
    trace = Trace()
    world = SimWorld(5, trace, start_ms=1_000)
    as_world: World = world

    async def main() -> None:
        await as_world.clock.sleep_ms(250)
        as_world.emit("post", tweet_id=7)

    world.run(main())

    assert (as_world.source, as_world.seed, as_world.clock.now_ms(), as_world.stopwatch_ns()) == (
        "simulated", 5, 1_250, 250_000_000,
    )  # fmt: skip
    assert trace.lines == [(1_250, "post", {"tweet_id": 7})]
    assert as_world.chance("a").random() == SimWorld(5).chance("a").random() != as_world.chance("b").random()


def test_an_event_emitted_on_a_node_carries_its_name() -> None:
    trace = Trace()
    world = SimWorld(1, trace)
    world.nodes.add("n", lambda node: world.emit("hello"))

    world.run(world.clock.sleep_ms(1))

    assert [event.fields for event in trace.events() if event.kind == "hello"] == [{"node": "n"}]


def test_a_deadlock_between_nodes_names_their_tasks() -> None:
    world = SimWorld()

    async def stuck(node: Node) -> None:
        await asyncio.Event().wait()

    world.nodes.add("n", stuck)

    with pytest.raises(Deadlock, match=r"n\.main at .*test_sim\.py"):
        world.run(asyncio.Event().wait())


def test_a_run_that_only_beats_and_never_ends_is_stopped_and_says_who_waits() -> None:
    world = SimWorld()

    async def beat(node: Node) -> None:
        while True:
            await node.clock.sleep_ms(1_000)

    world.nodes.add("n", beat)

    with pytest.raises(
        Livelock,
        match=r"not done in 60 s of simulated time; .*n\.main at .*test_sim\.py:\d+ `await node\.clock\.sleep_ms\(1_000\)`",
    ):
        world.run(asyncio.Event().wait(), limit_ms=60_000)


def test_a_watched_world_writes_how_busy_its_nodes_are() -> None:
    trace = Trace()
    world = SimWorld(1, trace)
    node = world.nodes.add("n", cores=2)
    world.watch(every_ms=10)

    async def main() -> None:
        await asyncio.gather(*(node.cpu(15) for _ in range(5)))

    world.run(main())

    def series(name: str) -> list[tuple[float, float]]:
        gauges = [event for event in trace.events() if event.kind == "gauge" and event.fields["name"] == name]
        return [(event.at_ns / 1e6, event.fields["value"]) for event in gauges]

    assert series("cores_running") == [(0, 0), (10, 2), (20, 2), (30, 1), (40, 1)]
    assert series("jobs_waiting") == [(0, 0), (10, 3), (20, 1), (30, 0), (40, 0)]


def test_what_is_left_when_a_run_ends_goes_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []
    trace = Trace()

    async def restless(node: Node) -> None:
        try:
            while True:
                await node.clock.sleep_ms(1)
        finally:
            node.log("last words")
            seen.append(node.name)
            await node.clock.sleep_ms(1)

    def run() -> None:
        world = SimWorld(1, trace)
        for name in ("a", "b"):
            world.nodes.add(name, restless)

        async def main() -> None:
            await world.clock.sleep_ms(5)
            world.nodes["a"].crash()
            await world.clock.sleep_ms(5)

        world.run(main())
        assert seen == []

    gc.collect()
    with caplog.at_level(logging.DEBUG, logger="asyncio"), warnings.catch_warnings():
        warnings.simplefilter("error")
        run()
        gc.collect()
        assert seen == [], "nobody who looks at the last run sees its remains move"
        empty = SimWorld()
        empty.run(empty.clock.sleep_ms(1))
        gc.collect()

    assert not caplog.records
    assert sorted(seen) == ["a", "b"]
    assert [event.kind for event in trace.events()] == ["state", "state", "state"]


def test_what_a_dead_process_begins_while_it_is_let_go_of_makes_no_noise(caplog: pytest.LogCaptureFixture) -> None:
    begun: list[str] = []

    async def goodbye() -> None:
        begun.append("goodbye")

    async def careful(node: Node) -> None:
        try:
            await node.clock.sleep_ms(1_000)
        finally:
            await asyncio.shield(goodbye())  # as redis-py gives its connections back

    with caplog.at_level(logging.DEBUG, logger="asyncio"), warnings.catch_warnings():
        warnings.simplefilter("error")
        world = SimWorld()
        world.nodes.add("a", careful)
        world.run(world.clock.sleep_ms(1))
        SimWorld()
        gc.collect()

    assert (begun, caplog.records) == ([], [])


def test_the_dead_are_let_go_of_before_the_next_world_is_built() -> None:
    moved: list[int] = []

    async def restless(node: Node) -> None:
        try:
            await node.clock.sleep_ms(1_000)
        finally:
            moved.append(len(order))

    def simulate() -> None:
        world = SimWorld()
        order.append("built")
        world.nodes.add("a", restless)
        world.run(world.clock.sleep_ms(1))

    order: list[str] = []
    simulate()
    simulate()

    assert moved == [1], "the first world's dead moved after the second was built"


def test_of_many_worlds_only_the_last_are_kept() -> None:
    def simulate() -> None:
        world = SimWorld()
        made.append(weakref.ref(world))
        world.nodes.add("a", lambda node: node.clock.sleep_ms(1_000))
        world.run(world.clock.sleep_ms(1))

    made: list[weakref.ref[SimWorld]] = []
    for _ in range(3 * COLLECT_EVERY):
        simulate()

    assert sum(world() is not None for world in made) <= COLLECT_EVERY


@pytest.mark.slow
def test_memory_is_flat_over_a_simulated_day() -> None:
    world = SimWorld(1)
    world.nodes.add("server", lambda node: node.serve("echo", lambda body: body))

    async def client(node: Node) -> None:
        while True:
            await node.clock.sleep_ms(10_000)
            await node.call("server", "echo", "x", timeout_ms=3_600_000)

    for number in range(3):
        world.nodes.add(f"client-{number}", client)
    sizes = []

    async def main() -> None:
        for _ in range(4):
            for _ in range(6):
                await world.clock.sleep_ms(3_600_000)
                server = world.nodes["server"]
                server.crash()
                server.start()
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])

    tracemalloc.start()
    world.run(main())
    tracemalloc.stop()
    assert world.kernel.now_ns == 24 * 3_600 * 10**9
    assert max(sizes[2:]) < 1.1 * max(sizes[:2]) + 200_000, sizes
