"""Fault plans as a story: one sentence a fault."""

from __future__ import annotations

from twitterlab.model.fault import (
    ClockDrift,
    ClockStep,
    Crash,
    Delay,
    DiskCorruption,
    DiskFull,
    Duplicating,
    FaultPlan,
    Lossy,
    Partition,
    Pause,
    Reordering,
    Scheduled,
    Slow,
)


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
