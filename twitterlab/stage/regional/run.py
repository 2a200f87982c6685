"""One run of the regional platform: its machines, its crowds, what goes wrong, and what is there in the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from twitterlab.model.fault import FaultPlan
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.replica import Replica
from twitterlab.platform.regional.edge import EdgeMachine
from twitterlab.platform.regional.gateway import Gateway
from twitterlab.platform.regional.joining import Join
from twitterlab.platform.regional.layout import Layout, group_of, machine
from twitterlab.platform.regional.router import Router
from twitterlab.platform.regional.shard import Shard
from twitterlab.platform.regional.timelines import KEPT
from twitterlab.stage.profile import read
from twitterlab.stage.regional.crowd import RATES, Crowd, Told
from twitterlab.stage.regional.machines import Machines
from twitterlab.stage.regional.orders import Operator
from twitterlab.stage.regional.seconds import Seconds
from twitterlab.stage.regional.snapshot import Snapshot
from twitterlab.stage.regional.watching import Watching
from twitterlab.world.chance import SeededChance
from twitterlab.world.loop import START_MS
from twitterlab.world.node import Node
from twitterlab.world.samplers import Sampler
from twitterlab.world.sim import SimWorld
from twitterlab.world.trace import Trace

GATEWAY_PER_S, EDGE_PER_S = 1_500.0, 3_000.0
CALM_MS = 20_000.0
"""After the last visitor: what is under way arrives, what was missed is repaired."""
STEP_MS = 1_000.0
MOST_JOINED, JOIN_S = 3, 10.0
"""Shards that may join a run; a join takes some seconds."""

Progress = Callable[[float], None]


def _silent(share: float) -> None:
    return None


def _nobody_orders(now_ns: int) -> Sequence[str]:
    return ()


@dataclass(slots=True)
class Run:
    """Describe it, then `go` once. `seconds` people come; `plan` is what goes wrong meanwhile."""

    blueprint: Blueprint
    snapshot: Snapshot
    seed: int
    seconds: float
    plan: FaultPlan | None = None
    layout: Layout = field(default_factory=Layout)
    rates: Mapping[str, float] = field(default_factory=lambda: RATES)
    steady_until_s: float | None = None
    only_in: str | None = None  # all people are served there, wherever they are
    trace: Trace | None = None
    progress: Progress = _silent
    machines: Machines = field(default_factory=Machines)
    told: Told = field(default_factory=Told)
    by_continent: dict[str, Seconds] = field(default_factory=dict)
    orders: Callable[[int], Sequence[str]] = _nobody_orders
    """Asked at every virtual second, given its nanoseconds: what to do now, as `orders.py` has it."""
    obeyed: int = 0
    join: Join | None = None

    def go(self) -> SimWorld:
        """Run it to its end."""
        world = SimWorld(self.seed, self.trace)
        self._machines(world, read().samplers())
        crowds = [self._crowd(world, number) for number in range(len(self.layout.continents))]
        watching = Watching(world, self.machines)
        operator = Operator(world, lambda: self.layout, lambda: self._add(world))
        world.faults.follow(self.plan or FaultPlan((), self.seconds * 1_000, self.seconds * 1_000))

        async def main() -> None:
            await self._warm(crowds)
            for crowd, node in crowds:
                node.spawn(crowd.come(self.seconds * 1_000))
            end_ms = self.seconds * 1_000 + CALM_MS
            while world.stopwatch_ns() < end_ms * 1e6:
                await world.clock.sleep_ms(STEP_MS)
                self._each_second(world, watching, operator)
                self.progress(world.stopwatch_ns() / (end_ms * 1e6))

        world.run(main())
        return world

    def _each_second(self, world: SimWorld, watching: Watching, operator: Operator) -> None:
        """Somebody may look, and order what is to happen from now on; the last who come are left in peace."""
        if self.join is not None and self.join.is_vain and self.layout.shards == self.join.layout.shards:
            self.layout = self.layout.with_one_less()  # it stands there, and nobody asks it
        if self.trace is not None:
            watching.look(self.layout, self.by_continent)
        orders = self.orders(world.stopwatch_ns())
        if world.stopwatch_ns() < self.seconds * 1e9:
            operator.obey(orders)
            self.obeyed = operator.obeyed

    def replicas_of(self, user: int) -> list[Replica]:
        """All that keep the keys of `user`, on all continents."""
        return [
            shard.keepers[group].replica
            for shard in self.machines.shards.values()
            if not shard.is_new
            for group in (group_of(shard.ring.owners(user, 2)),)
            if group in shard.keepers
        ]

    def _machines(self, world: SimWorld, profile: Mapping[str, Sampler]) -> None:
        number = 0
        for continent in self.layout.continents:
            name, region = continent.name, continent.region
            for member in self.layout.members:
                world.nodes.add(
                    machine(name, member.name), self._shard(name, member.name), region=region, zone=member.zone,
                    profile=profile,
                )  # fmt: skip
            for place, gateway in enumerate(self.layout.gateways_of(name)):
                zone = "abc"[place % 3]
                world.nodes.add(gateway, self._gateway(name, number), region=region, zone=zone, profile=profile)
                number += 1
            world.nodes.add(machine(name, "e1"), self._edge(name), region=region, zone="a", profile=profile)

    def _add(self, world: SimWorld) -> str:
        """One more shard on every continent begins to join; why not, if not."""
        left_s = self.seconds - world.stopwatch_ns() / 1e9
        if self.join is not None and not self.join.is_over:
            return "one is joining already"
        if self.join is not None and self.join.is_vain:
            return "the plan does not move anything"
        if self.layout.joined == MOST_JOINED:
            return f"no more than {MOST_JOINED} can join"
        if world.faults.active or left_s < JOIN_S:
            return f"none can join while something is broken, or in the last {JOIN_S:g} s"
        self.layout = self.layout.with_one_more()
        member, profile = self.layout.members[-1], read().samplers()
        for continent in self.layout.continents:
            world.nodes.add(
                machine(continent.name, member.name), self._shard(continent.name, member.name, is_new=True),
                region=continent.region, zone=member.zone, profile=profile,
            )  # fmt: skip
        leader = world.nodes.add(f"leader-{member.name}", region=self.layout.continents[0].region, zone="c")
        self.join = Join(leader, self.layout, self.blueprint)
        leader.spawn(self.join.run())
        return f"{member.name} is to join"

    def _shard(self, continent: str, me: str, is_new: bool = False) -> Callable[[Node], object]:
        def start(node: Node) -> object:
            shard = Shard(node, continent, me, self.layout, self.blueprint, self.snapshot, is_new and node.starts == 1)
            self.machines.shards[node.name] = shard
            return shard.run()

        return start

    def _gateway(self, continent: str, number: int) -> Callable[[Node], object]:
        def start(node: Node) -> object:
            self.machines.gateways[node.name] = Gateway(node, continent, number, self.layout, self.blueprint)
            return None

        return start

    def _edge(self, continent: str) -> Callable[[Node], object]:
        def start(node: Node) -> object:
            self.machines.edges[node.name] = EdgeMachine(node, continent, self.layout, self.blueprint, GATEWAY_PER_S)
            return None

        return start

    def _crowd(self, world: SimWorld, number: int) -> tuple[Crowd, Node]:
        continent = self.layout.continents[number]
        node = world.nodes.add(machine(continent.name, "people"), region=continent.region, zone="c")
        order = (self.only_in,) if self.only_in else self.layout.nearest(continent.name)
        router = Router(node, self.blueprint, self.layout.gateways_in(order), GATEWAY_PER_S)
        edges = Router(node, self.blueprint, {machine(each, "e1"): each for each in order}, EDGE_PER_S)
        self.machines.routers[continent.name] = router
        seconds = self.by_continent.setdefault(continent.name, Seconds(int(self.seconds)))
        steady_ms = (self.seconds if self.steady_until_s is None else self.steady_until_s) * 1_000
        crowd = Crowd(
            node, router, self._people(number), self.snapshot, self.told, continent.share, edges, seconds, steady_ms,
            self.rates,
        )  # fmt: skip
        return crowd, node

    async def _warm(self, crowds: list[tuple[Crowd, Node]]) -> None:
        """The run begins in the middle of a day: who lives somewhere has been there before."""
        for (crowd, _), continent in zip(crowds, self.layout.continents, strict=True):
            shards = {
                member.name: self.machines.shards[machine(continent.name, member.name)]
                for member in self.layout.members
            }
            ring = next(iter(shards.values())).ring
            for user in crowd.people:
                owners = ring.owners(user, 2)
                ids = self.snapshot.newest(user, KEPT)
                for owner in owners:
                    await shards[owner].timelines.warm(user, ids)

    def _people(self, number: int) -> list[int]:
        """Who lives there, the most active first: drawn from the seed, by the continents' shares."""
        chance = SeededChance(self.seed, "homes")
        bounds, total = [], 0.0
        for continent in self.layout.continents:
            total += continent.share
            bounds.append(total)
        homes = [
            next((place for place, bound in enumerate(bounds) if draw < bound), len(bounds) - 1)
            for draw in (chance.random() for _ in range(self.snapshot.users))
        ]
        mine = [user for user, home in enumerate(homes) if home == number]
        order = SeededChance(self.seed, f"activity/{number}")
        return sorted(mine, key=lambda user: order.random())


def start_ms() -> int:
    """When runs begin, in Unix milliseconds."""
    return START_MS
