"""The way from Europe's people to the gateways, in a simulated world: a lost continent is left, a noisy link is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from solutions.week2.day3_balancer import TwoChoices
from twitterlab.course.system import system_of
from twitterlab.errors import Failure
from twitterlab.model.fault import Crash, Delay, Fault, FaultPlan, Lossy, Partition, Scheduled, Slow
from twitterlab.parts.balancer import Breaker
from twitterlab.platform.regional.layout import Layout
from twitterlab.platform.regional.router import FIRST_MS, POLICY, Router
from twitterlab.world.node import Node
from twitterlab.world.sim import SimWorld

SYSTEM = system_of(2, mine=False)
LAYOUT = Layout(gateways=4)
HOME = LAYOUT.gateways_of("europe")
EVERY_MS, PER_S, DEADLINE_MS = 10.0, 1_000.0, 2_000.0
FAILOVER_MS = FIRST_MS + POLICY.leave_after_ms + 1_000
"""The first timeout, so long as the region must be ill, and a second for all its doors to be found closed."""


@dataclass(slots=True)
class Watch:
    """What people saw: when they asked, whether they were served at the first try; and each change of the region."""

    first: list[tuple[float, bool]] = field(default_factory=list)
    served: int = 0
    asked: int = 0
    changes: list[tuple[float, str]] = field(default_factory=list)
    doors: set[tuple[str, Breaker]] = field(default_factory=set)
    router: Router | None = None
    lasts: Any = None


def watched(seconds: float, faults: Sequence[Scheduled] = (), seed: int = 1, system=SYSTEM) -> Watch:
    """A person every `EVERY_MS`, who waits two seconds at most."""
    world, seen = SimWorld(seed), Watch()
    for continent in LAYOUT.continents:
        for name in LAYOUT.gateways_of(continent.name):
            world.nodes.add(name, gateway, region=continent.region)
    people = world.nodes.add("people", region="frankfurt", zone="c")
    if faults:
        world.faults.follow(FaultPlan(tuple(faults), seconds * 1_000, seconds * 1_000))

    async def visit(router: Router, at_ms: float) -> None:
        try:
            tries = (await router.ask("home", 1)).tries
        except Failure:
            tries = 9
        seen.first.append((at_ms, tries == 1))
        seen.served += tries <= 2

    async def main() -> None:
        router = seen.router = Router(people, system, LAYOUT.gateways_in(LAYOUT.nearest("europe")), PER_S)
        region = router.region
        for number in range(int(seconds * 1_000 / EVERY_MS)):
            at_ms = number * EVERY_MS
            seen.asked += 1
            people.spawn(visit(router, at_ms))
            await world.clock.sleep_ms(EVERY_MS)
            seen.doors |= {(name, router._balancer.breaker(name, router._now_ms())) for name in HOME}
            if router.region != region:
                region = router.region
                seen.changes.append((at_ms, region))
        await world.clock.sleep_ms(2 * DEADLINE_MS)
        seen.lasts = {name: router._balancer.breaker(name, router._now_ms()) for name in HOME}

    world.run(main())
    return seen


def gateway(node: Node) -> None:
    async def home(user: int) -> int:
        await node.cpu(2.0)
        return user

    node.serve("home", home)


def strikes(fault: Fault, at_s: float, for_s: float, *targets: str) -> Scheduled:
    return Scheduled(at_s * 1_000, fault, targets or HOME, for_s * 1_000)


def test_a_lost_continent_is_left_within_the_stated_time_and_used_again_when_it_was_well_for_long():
    seen = watched(90, [strikes(Crash(loses_power=True), 10, 20)])

    (left_ms, there), (back_ms, home) = seen.changes
    assert (there, home) == ("america", "europe")
    assert 10_000 < left_ms < 10_000 + FAILOVER_MS
    assert back_ms > 30_000 + POLICY.return_after_ms
    assert seen.served == seen.asked, "a second try serves those whom the first did not"
    late = [ok for at_ms, ok in seen.first if 10_000 + FAILOVER_MS < at_ms < 30_000]
    assert sum(late) > 0.98 * len(late), "but for trials"


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    ("fault", "most"),
    [
        (Lossy(0.02), 0),
        (Lossy(0.10), 0),
        (Delay(80.0), 0),
        (Partition(against=("people",), flap_ms=400.0), 2 * (60 // 11 + 1)),
        (Partition(against=("people",), flap_ms=2_500.0), 2 * (60 // 11 + 1)),
        (Lossy(0.60), 2 * (60 // 11 + 1)),
    ],
    ids=str,
)
def test_over_a_noisy_link_the_region_does_not_flap(fault, most, seed):
    seen = watched(60, [strikes(fault, 5, 50)], seed)

    assert len(seen.changes) <= most
    times = [at_ms for at_ms, region in seen.changes if region == "europe"]
    left = [at_ms for at_ms, region in seen.changes if region != "europe"]
    assert all(back - gone > POLICY.return_after_ms for gone, back in zip(left, times, strict=False))


def test_a_link_that_loses_a_message_in_fifty_costs_nobody_their_answer():
    seen = watched(60, [strikes(Lossy(0.02), 0, 60)])

    assert seen.served > 0.998 * seen.asked


def test_without_hysteresis_the_same_link_makes_it_flap():
    link = strikes(Partition(against=("people",), flap_ms=2_500.0), 5, 50)
    hasty = replace(POLICY, leave_after_ms=1, return_after_ms=1, ejection_ms=100, max_ejection_ms=200)
    nervous = replace(SYSTEM, balancer=lambda backends, policy: TwoChoices(backends, hasty))

    assert len(watched(60, [link], system=nervous).changes) > 2 * len(watched(60, [link]).changes)


def test_a_slow_gateway_is_ejected_and_comes_back_when_it_is_well():
    seen = watched(60, [strikes(Slow(400.0), 5, 15, HOME[1])])

    assert (HOME[1], Breaker.OPEN) in seen.doors
    assert all((name, Breaker.OPEN) not in seen.doors for name in HOME if name != HOME[1])
    assert set(seen.lasts.values()) == {Breaker.CLOSED}
    assert not seen.changes
