"""All that is measured on the three continents, in the order in which it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from twitterlab.bench.histogram import Histogram
from twitterlab.parts.blueprint import Blueprint
from twitterlab.stage.regional.live.postgres import commits, cut_off, own_writes, reads, stall
from twitterlab.stage.regional.live.postgres.continents import Continents
from twitterlab.stage.regional.live.postgres.lag import Heartbeat
from twitterlab.stage.regional.live.postgres.pacing import until_done

SHARES = {"reads": 0.13, "commits": 0.29, "own_writes": 0.27, "cut_off": 0.24, "stall": 0.07}
"""Of the time."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What each of them found. `heartbeat` ran beside the own writes: nothing is broken there."""

    distances: reads.Distances
    levels: Mapping[str, Histogram]
    own_writes: Mapping[tuple[str, str], own_writes.Found]
    heartbeat: Heartbeat
    story: cut_off.Story
    stall: stall.Stall


async def measure(
    continents: Continents, blueprint: Blueprint, seed: int, seconds: float, progress: Callable[[float], None]
) -> Measured:
    """About so many seconds, and what settles afterwards."""

    def step(name: str) -> Callable[[float], None]:
        before = sum(SHARES[each] for each in list(SHARES)[: list(SHARES).index(name)])
        return lambda share: progress(before + share * SHARES[name])

    distances = await reads.measure(continents, seconds * SHARES["reads"])
    levels = await commits.measure(continents, seconds * SHARES["commits"], step("commits"))
    heartbeat, found = Heartbeat(continents), dict[tuple[str, str], own_writes.Found]()

    async def people() -> None:
        found.update(await own_writes.measure(continents, seconds * SHARES["own_writes"], step("own_writes")))

    await until_done(people(), heartbeat.run())
    story = await cut_off.tell(continents, blueprint, seed, seconds * SHARES["cut_off"], step("cut_off"))
    return Measured(
        distances, levels, found, heartbeat, story, await stall.measure(continents, seconds * SHARES["stall"])
    )
