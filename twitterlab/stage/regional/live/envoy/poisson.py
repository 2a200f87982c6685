"""When people come who know nothing of each other."""

from __future__ import annotations

from math import log

from twitterlab.parts.given import Chance


def poisson(chance: Chance, per_s: float, seconds: float) -> list[int]:
    """Moments in nanoseconds, in order."""
    found, at_s = [], 0.0
    while (at_s := at_s - log(1 - chance.random()) / per_s) < seconds:
        found.append(round(at_s * 1e9))
    return found
