"""Lab c: a shard, a zone, a continent goes dark. How long do people notice?"""

from __future__ import annotations

from collections.abc import Callable

from twitterlab.bench.finding import Finding
from twitterlab.bench.plots import Line, Plot
from twitterlab.model.fault import Crash, FaultPlan, Scheduled
from twitterlab.model.figure import Figure
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.regional.layout import Layout, machine
from twitterlab.stage.regional import judging
from twitterlab.stage.regional.labs import longest_queue
from twitterlab.stage.regional.run import GATEWAY_PER_S, Run
from twitterlab.stage.regional.seconds import failover_s
from twitterlab.stage.regional.snapshot import Snapshot

SECONDS, LOSS_S, DARK_S, WHERE = 60.0, 15, 20, "europe"
WHAT = ("shard", "zone", "region")
RATES = {"home": 300.0, "page": 60.0, "post": 10.0, "like": 5.0}


def run(blueprint: Blueprint, snapshot: Snapshot, seed: int, progress: Callable[[float], None]) -> Finding:
    """Three runs that differ in what goes dark."""
    figures: list[Figure] = []
    lines: list[Line] = []
    windows: dict[str, float] = {}
    for number, what in enumerate(WHAT):
        plan = FaultPlan(
            (Scheduled(LOSS_S * 1_000, Crash(loses_power=True), _targets(what), DARK_S * 1_000),),
            heal_ms=SECONDS * 1_000, until_ms=SECONDS * 1_000,
        )  # fmt: skip
        one = Run(blueprint, snapshot, seed, SECONDS, plan, steady_until_s=LOSS_S, rates=RATES,
                  progress=lambda share, number=number: progress((number + share) / len(WHAT)))  # type: ignore[misc]  # fmt: skip
        one.go()
        seconds = one.by_continent[WHERE]
        windows[what] = failover_s(seconds, LOSS_S)
        failed = sum(seconds.begun) - sum(seconds.served)
        figures += [
            judging.figure(f"{what}_failover_s", "s", windows[what]),
            judging.figure(f"{what}_not_served", "requests", failed),
            judging.figure(f"{what}_writes_lost", "writes", one.told.ledger.lost(judging.cached_replicas(one))),
        ]
        at = [second for second, begun in enumerate(seconds.begun) if begun]
        share = tuple(100 * seconds.first[second] / seconds.begun[second] for second in at)
        lines.append(Line(f"a {what}", tuple(map(float, at)), share))
    crowded, queues = longest_queue.measured(blueprint, seed)
    return Finding(
        "What do people in Europe notice when a shard, a zone, or all of it goes dark?",
        ("the same: a few seconds of errors", "the more is lost, the longer", "nothing but a second try"),
        None,
        "Until 99 in 100 were served at the first try again: "
        + ", ".join(f"{seconds:.0f} s for a {what}" for what, seconds in windows.items())
        + ". A second try, on another machine or continent, served nearly everybody meanwhile.",
        (*figures, *_capacity(), *crowded),
        (
            Plot(
                f"Dark from {LOSS_S} s to {LOSS_S + DARK_S} s: Europeans served at the first try", "seconds",
                "% of requests", tuple(lines),
            ),
            queues,
        ),
    )  # fmt: skip


def _targets(what: str) -> tuple[str, ...]:
    layout = Layout()
    if what == "shard":
        return (machine(WHERE, "s1"),)
    everything = (*(member.name for member in layout.members), *_gateways(layout), "e1")
    zone_a = (*(member.name for member in layout.members if member.zone == "a"), "g1", "e1")
    return tuple(machine(WHERE, name) for name in (zone_a if what == "zone" else everything))


def _gateways(layout: Layout) -> tuple[str, ...]:
    return tuple(f"g{number}" for number in range(1, layout.gateways + 1))


def _capacity() -> list[Figure]:
    """What the gateways of the two that are left can take, against what all people ask."""
    layout = Layout()
    left = GATEWAY_PER_S * layout.gateways * (len(layout.continents) - 1)
    return [judging.figure("survivors_capacity_per_s", "1/s", left)]
