"""What goes wrong in every run of Week 2's scenario: a continent cut off, messages twice and late, power lost."""

from __future__ import annotations

from collections.abc import Sequence

from twitterlab.model.fault import Crash, Duplicating, Partition, Reordering, Scheduled
from twitterlab.parts.given import Chance
from twitterlab.platform.regional.layout import Layout

DARK_MS, SPELL_MS = 1_500.0, 10_000.0
"""How long the power is gone, and how long the others last at most."""


def besides(chance: Chance, layout: Layout, nodes: Sequence[str], busy_ms: float) -> list[Scheduled]:
    """A continent is cut off, messages of another come twice and those of a third are overtaken; and every other time
    a continent loses power, or the whole world. All of it begins while people are there, before `busy_ms`."""
    continents = [layout.continents[chance.below(len(layout.continents))].name for _ in range(4)]
    cut, twice, late, dark = (tuple(name for name in nodes if name.startswith(f"{each}-")) for each in continents)
    others = tuple(name for name in nodes if name not in cut)

    def some_time() -> float:
        return round(1 + chance.random() * busy_ms, 3)

    def spell() -> float:
        return round(SPELL_MS * chance.random(), 3)

    found = [
        Scheduled(some_time(), Partition(others), cut, spell()),
        Scheduled(some_time(), Duplicating(0.3), twice, spell()),
        Scheduled(some_time(), Reordering(0.3, 50), late, spell()),
    ]
    draw = chance.below(4)
    if draw < 2:
        found.append(Scheduled(some_time(), Crash(loses_power=True), (dark, tuple(nodes))[draw], DARK_MS))
    return found
