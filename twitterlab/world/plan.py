"""Fault plans: drawn from a seed, read and written as JSON, told as a story.

Every plan ends by healing, and then leaves time in which the system must make progress: one that is
safe because it stands still is not correct. A plan uses only some of the kinds of faults it may, since
faults hide each other ("Swarm Testing", ISSTA 2012).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

import msgspec

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


def to_json(plan: FaultPlan) -> str:
    """The plan as a document that people can read and edit."""
    rows = [
        {
            "at_ms": each.at_ms,
            "fault": type(each.fault).__name__,
            "settings": asdict(each.fault),
            "targets": list(each.targets),
            "duration_ms": each.duration_ms,
        }
        for each in plan.faults
    ]
    return json.dumps({"heal_ms": plan.heal_ms, "until_ms": plan.until_ms, "faults": rows}, indent=2)


def from_json(text: str) -> FaultPlan:
    """The plan of a document. BadInput that says which fault cannot be read, and why."""
    try:
        document = json.loads(text)
        rows = document["faults"]
        heal_ms, until_ms = float(document["heal_ms"]), float(document["until_ms"])
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"not a fault plan: {error!r}", "It needs heal_ms, until_ms and faults") from None
    if not 0 < heal_ms < until_ms:
        raise BadInput(f"healed at {heal_ms:g} ms of {until_ms:g}", "Leave time after the healing for progress")
    faults = tuple(_row(row, number) for number, row in enumerate(rows, 1))
    if any(not 0 <= each.at_ms < heal_ms for each in faults):
        raise BadInput(f"a fault of the plan begins after the healing at {heal_ms:g} ms", "Let it begin before")
    return FaultPlan(faults, heal_ms, until_ms)


def _row(row: Any, number: int) -> Scheduled:
    names = {kind.__name__: kind for kind in FAULTS}
    try:
        fault = msgspec.convert(row.get("settings", {}), names[row["fault"]], strict=False)
        unknown = set(row.get("settings", {})) - set(asdict(fault))
        if unknown:
            raise ValueError(f"{row['fault']} has no {', '.join(sorted(unknown))}")
        duration_ms = row.get("duration_ms")
        return Scheduled(float(row["at_ms"]), fault, tuple(row["targets"]), duration_ms and float(duration_ms))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"fault {number} of the plan: {error!r}", f"Faults are: {', '.join(names)}") from None


def story(plan: FaultPlan) -> list[str]:
    """One sentence a fault, in order of time."""
    told = [f"{each.at_ms:,.0f} ms: {_sentence(each)}" for each in sorted(plan.faults, key=lambda each: each.at_ms)]
    return [
        *told,
        f"{plan.heal_ms:,.0f} ms: everything heals; by {plan.until_ms:,.0f} ms the system must have recovered",
    ]


def _sentence(each: Scheduled) -> str:
    who = ", ".join(each.targets)
    lasts = f" for {each.duration_ms:,.0f} ms" if each.duration_ms is not None else " until all is healed"
    match each.fault:
        case Crash(loses_power):
            return f"{who} is down{' without power' if loses_power else ''}{lasts}"
        case Pause():
            return f"{who} stands still{lasts}"
        case Slow(factor):
            return f"{who} is {factor:g} times slower{lasts}"
        case Partition(against, is_one_way, flap_ms):
            other = ", ".join(against) or "everybody else"
            way = "no longer reaches" if is_one_way else "is cut off from"
            flaps = f", opening and closing every {flap_ms:g} ms" if flap_ms else ""
            return f"{who} {way} {other}{lasts}{flaps}"
        case Lossy(probability):
            return f"{who} loses {probability:.0%} of all messages{lasts}"
        case Duplicating(probability):
            return f"{probability:.0%} of the messages around {who} arrive twice{lasts}"
        case Reordering(probability, delay_ms):
            return f"{probability:.0%} of the messages around {who} are held back up to {delay_ms:g} ms{lasts}"
        case Delay(extra_ms):
            return f"messages around {who} take {extra_ms:g} ms longer{lasts}"
        case ClockStep(step_ms):
            return f"the clock of {who} is off by {step_ms:+,} ms{lasts}"
        case ClockDrift(ppm):
            return f"the clock of {who} drifts by {ppm:+} millionths{lasts}"
        case DiskFull():
            return f"the disk of {who} is full{lasts}"
        case DiskCorruption():
            return f"a byte of every file of {who} flips"
