"""Fault plans as JSON: what `--faults PLAN` reads, and what a failing run leaves behind."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import msgspec

from twitterlab.errors import BadInput
from twitterlab.model.fault import FAULTS, FaultPlan, Scheduled


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
