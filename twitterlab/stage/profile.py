"""A profile: what operations cost on one machine, as distributions with their origin; how it is written and read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from pathlib import Path
from typing import Any

from twitterlab.errors import BadInput
from twitterlab.stage.charging import COMMIT, WAKE
from twitterlab.stage.costs import TURN
from twitterlab.world.samplers import Empirical, Sampler

VERSION = 1
FRACTIONS = (*(step / 20 for step in range(20)), 0.975, 0.98, 0.99, 0.995, 0.998, 0.999, 1.0)
RARE = (8, 4, 2, 1)
"""The longest few are points of their own."""
DEFAULT = Path(__file__).with_name("profile.json")
WAITS = frozenset({*COMMIT.values(), WAKE, TURN, "valkey.round_trip"})
"""Not work of the operations, or measured together already."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Distributions by operation, measured one by one, and where they come from: machine, versions, command.

    `crowding`: so many times the processor time the same operations took when many were under way at once, since
    caches were cold and threads waited for each other.
    """

    origin: Mapping[str, Any]
    samples: Mapping[str, int]
    costs: Mapping[str, Empirical]
    crowding: float

    def samplers(self, is_crowded: bool = True) -> dict[str, Sampler]:
        """What a node is given as its `profile`."""
        factor = self.crowding if is_crowded else 1.0
        return {name: cost if name in WAITS else _times(cost, factor) for name, cost in self.costs.items()}


def _times(cost: Empirical, factor: float) -> Empirical:
    return Empirical(tuple((fraction, ms * factor) for fraction, ms in cost.points))


def quantiles(samples_ms: Sequence[float]) -> Empirical:
    """The distribution of samples by a few points, closer together in the tail, with the samples' own mean: straight
    lines across the tail would add to it, so that everything but the least is scaled back."""
    ordered = sorted(samples_ms)
    last = len(ordered) - 1
    rare = {1 - rank / last for rank in RARE if rank < last / 2}  # one long pause must stay as rare as it was
    points = [(round(at, 9), ordered[round(at * last)]) for at in sorted({*FRACTIONS, *rare})]
    drawn = Empirical(tuple(points))
    mean_ms, least_ms = fsum(ordered) / len(ordered), ordered[0]
    above_ms = drawn.mean_ms - least_ms
    scale = (mean_ms - least_ms) / above_ms if above_ms > 0 else 1.0
    return Empirical(tuple((at, round(least_ms + (ms - least_ms) * scale, 6)) for at, ms in points))


def to_json(profile: Profile) -> str:
    """The profile as a document: an operation a line."""
    rows = ",\n".join(
        f"  {json.dumps(name)}: {json.dumps({'samples': profile.samples[name], 'points': cost.points})}"
        for name, cost in profile.costs.items()
    )
    origin = json.dumps(dict(profile.origin), indent=1)
    return f'{{"version": {VERSION},\n"origin": {origin},\n"crowding": {profile.crowding},\n"operations": {{\n{rows}\n}}}}\n'


def read(file: Path = DEFAULT) -> Profile:
    """A profile that was written. BadInput for anything else."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        if document["version"] != VERSION:
            raise ValueError(f"version {document['version']}")
        found = document["operations"]
        costs = {name: Empirical(tuple((float(a), float(b)) for a, b in row["points"])) for name, row in found.items()}
        return Profile(
            document["origin"],
            {name: int(row["samples"]) for name, row in found.items()},
            costs,
            float(document["crowding"]),
        )
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror or error}", "Make one: twitterlab calibrate --out FILE.") from None
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise BadInput(f"{file} is no profile: {error}", "Make one: twitterlab calibrate --out FILE.") from None
