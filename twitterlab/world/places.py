"""Where machines stand, and how long light and routers take between them.

Round trips between regions are averages over 27 July to 25 August 2024 that a public cloud published
(IBM Cloud VPC documentation, "Network latency"), as are those between zones (2.0 to 2.3 ms) and inside
one (0.08 to 0.1 ms). Only averages are published between regions: that 3 % of a one-way time is
exponential jitter on top of a constant is our assumption.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from twitterlab.errors import BadInput
from twitterlab.world.samplers import Exponential, Sampler, Uniform

JITTER = 0.03
REGIONS = ("dallas", "washington", "frankfurt", "london", "tokyo", "sydney", "sao-paulo")
_ROUND_TRIPS_MS = (
    (0, 31, 123, 113, 143, 186, 146),
    (31, 0, 91, 75, 164, 214, 118),
    (123, 91, 0, 13, 233, 250, 198),
    (113, 75, 13, 0, 243, 261, 188),
    (143, 166, 233, 244, 0, 115, 284),
    (186, 214, 249, 261, 115, 0, 328),
)
"""Row to column; sao-paulo has no row of its own in the source, so the way back is taken as the way there."""
LOOPBACK = Uniform(0.005, 0.015)
RACK = Uniform(0.04, 0.05)
ZONES = Uniform(1.0, 1.15)


@dataclass(frozen=True, slots=True)
class Place:
    """A rack of a zone of a region."""

    region: str = "frankfurt"
    zone: str = "a"
    rack: str = "1"


def measured_round_trips_ms() -> dict[tuple[str, str], float]:
    """The built-in matrix: (from, to) to milliseconds."""
    found: dict[tuple[str, str], float] = {}
    for start, row in zip(REGIONS, _ROUND_TRIPS_MS, strict=False):
        found.update({(start, end): float(ms) for end, ms in zip(REGIONS, row, strict=True) if ms})
    return found | {(end, start): ms for (start, end), ms in found.items() if (end, start) not in found}


class Geography:
    """One-way latencies between places. `round_trips_ms` replaces the built-in matrix."""

    def __init__(self, round_trips_ms: Mapping[tuple[str, str], float] | None = None) -> None:
        self._round_trips = dict(round_trips_ms) if round_trips_ms is not None else measured_round_trips_ms()

    def latency(self, start: Place, end: Place) -> Sampler:
        """How long a message takes from one to the other. BadInput for regions that are not in the matrix."""
        if start.region == end.region:
            return RACK if start.zone == end.zone else ZONES
        there, back = (start.region, end.region), (end.region, start.region)
        round_trip = self._round_trips.get(there, self._round_trips.get(back))
        if round_trip is None:
            known = ", ".join(sorted({name for pair in self._round_trips for name in pair}))
            raise BadInput(f"no latency known from {start.region} to {end.region}", f"Regions are: {known}")
        return Exponential(round_trip / 2 * JITTER, floor_ms=round_trip / 2 * (1 - JITTER))
