"""Fault plans, drawn from a seed.

Every plan ends by healing, and then leaves time in which the system must make progress: one that is
safe because it stands still is not correct. A plan uses only some of the kinds of faults it may, since
faults hide each other ("Swarm Testing", ISSTA 2012).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from twitterlab.errors import BadInput
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
from twitterlab.parts.given import Chance
from twitterlab.world.chance import SeededChance
from twitterlab.world.plan_file import from_json, to_json
from twitterlab.world.story import story

__all__ = ["HEALING", "MENU", "from_json", "random_plan", "story", "to_json"]

T = TypeVar("T")
HEALING = tuple(kind for kind in FAULTS if kind is not DiskCorruption)
"""Faults whose end leaves no damage: what a correct system survives without backups."""
MENU: Mapping[type[Fault], tuple[Fault, ...]] = {
    Crash: (Crash(), Crash(loses_power=True)),
    Pause: (Pause(),),
    Slow: (Slow(5), Slow(50)),
    Partition: (Partition(), Partition(is_one_way=True), Partition(flap_ms=200)),
    Lossy: (Lossy(0.02), Lossy(0.1), Lossy(0.3)),
    Duplicating: (Duplicating(0.1), Duplicating(0.5)),
    Reordering: (Reordering(0.1, 20), Reordering(0.5, 200)),
    Delay: (Delay(20), Delay(500)),
    ClockStep: (ClockStep(60_000), ClockStep(-60_000), ClockStep(200)),
    ClockDrift: (ClockDrift(500), ClockDrift(-500)),
    DiskFull: (DiskFull(),),
    DiskCorruption: (DiskCorruption(),),
}


def random_plan(
    seed: int,
    nodes: Sequence[str],
    until_ms: float,
    kinds: Sequence[type[Fault]] = HEALING,
    faults: int = 6,
    quiet_ms: float | None = None,
    most_down: int | None = None,
) -> FaultPlan:
    """Up to `faults` faults against `nodes`, healed `quiet_ms` before the end (default: the last third).

    `most_down` bounds how many nodes are crashed at one time, for systems that promise no more.
    """
    if not nodes or not kinds:
        raise BadInput("a plan needs nodes and kinds of faults", "Name at least one of each")
    chance = SeededChance(seed, "faults")
    heal_ms = until_ms - (until_ms / 3 if quiet_ms is None else quiet_ms)
    if heal_ms <= 0:
        raise BadInput(f"no time for faults before {heal_ms:g} ms", "Let the run be longer than its quiet end")
    chosen = _some(chance, list(kinds), 1 + chance.below(len(kinds)))
    drawn = [_draw(chance, chosen, list(nodes), heal_ms) for _ in range(1 + chance.below(max(1, faults)))]
    ordered = sorted(drawn, key=lambda scheduled: scheduled.at_ms)
    return FaultPlan(tuple(_within(ordered, most_down)), heal_ms, until_ms)


def _draw(chance: Chance, kinds: list[type[Fault]], nodes: list[str], heal_ms: float) -> Scheduled:
    fault = _one(chance, MENU[_one(chance, kinds)])
    at_ms = round(chance.random() * heal_ms * 0.9, 3)
    duration_ms = round(min(heal_ms - at_ms, (0.02 + 0.4 * chance.random() ** 2) * heal_ms), 3)
    if not isinstance(fault, Partition) or len(nodes) < 2:
        return Scheduled(at_ms, fault, (_one(chance, nodes),), duration_ms)
    shuffled = _some(chance, nodes, len(nodes))
    size = 1 + chance.below(max(1, len(nodes) // 2))
    rest = shuffled[size:]
    if chance.below(3) == 0:  # partial: the others still hear both sides
        rest = rest[: 1 + chance.below(len(rest))]
    sides = Partition(tuple(sorted(rest)), fault.is_one_way, fault.flap_ms)
    return Scheduled(at_ms, sides, tuple(sorted(shuffled[:size])), duration_ms)


def _within(ordered: list[Scheduled], most_down: int | None) -> list[Scheduled]:
    """Leave out crashes that would put more nodes down than allowed."""
    kept: list[Scheduled] = []
    for each in ordered:
        if isinstance(each.fault, Crash) and most_down is not None:
            down = {
                name
                for other in kept
                if isinstance(other.fault, Crash) and other.at_ms + (other.duration_ms or 0) >= each.at_ms
                for name in other.targets
            }
            if len(down | set(each.targets)) > most_down:
                continue
        kept.append(each)
    return kept


def _one(chance: Chance, choices: Sequence[T]) -> T:
    return choices[chance.below(len(choices))]


def _some(chance: Chance, choices: list[T], count: int) -> list[T]:
    """`count` of them, in random order."""
    left = list(choices)
    return [left.pop(chance.below(len(left))) for _ in range(count)]
