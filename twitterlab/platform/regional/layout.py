"""Where the machines stand, and how they are called.

Each continent has the same machines: an edge, gateways and shards, spread over three zones. The shards of all
continents have the same names in the ring, so that a key has the same owners everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from twitterlab.parts.ring import Member
from twitterlab.world.places import measured_round_trips_ms

ZONES = ("a", "b", "c")


@dataclass(frozen=True, slots=True)
class Continent:
    """A part of the world: the region its machines stand in, and its share of all people."""

    name: str
    region: str
    share: float


AMERICA = Continent("america", "washington", 0.45)
EUROPE = Continent("europe", "frankfurt", 0.30)
ASIA = Continent("asia", "tokyo", 0.25)


@dataclass(frozen=True, slots=True)
class Layout:
    """How many of what."""

    continents: tuple[Continent, ...] = (AMERICA, EUROPE, ASIA)
    shards: int = 6
    gateways: int = 2
    joined: int = 0  # of the shards: they were not there in the beginning

    @property
    def members(self) -> tuple[Member, ...]:
        """The shards of any one continent, as the ring knows them."""
        return tuple(Member(f"s{number}", ZONES[(number - 1) % len(ZONES)]) for number in range(1, self.shards + 1))

    def with_one_more(self) -> Layout:
        """One more shard on each continent, which joins those that are there."""
        return replace(self, shards=self.shards + 1, joined=self.joined + 1)

    def with_one_less(self) -> Layout:
        """Without the shard that joined last."""
        return replace(self, shards=self.shards - 1, joined=self.joined - 1)

    @property
    def machines(self) -> tuple[str, ...]:
        """The names of the machines of any one continent: shards, gateways, the edge."""
        gateways = (f"g{number}" for number in range(1, self.gateways + 1))
        return (*(member.name for member in self.members), *gateways, "e1")

    def gateways_of(self, continent: str) -> tuple[str, ...]:
        """The names of a continent's gateways."""
        return tuple(machine(continent, f"g{number}") for number in range(1, self.gateways + 1))

    def gateways_in(self, order: Sequence[str]) -> dict[str, str]:
        """All gateways of these continents, and where each stands, in this order."""
        return {name: each for each in order for name in self.gateways_of(each)}

    def nearest(self, continent: str) -> tuple[str, ...]:
        """All continents, from near to far, the given one first."""
        trips = measured_round_trips_ms()
        regions = {each.name: each.region for each in self.continents}
        here = regions[continent]
        return tuple(sorted(regions, key=lambda name: trips.get((here, regions[name]), 0.0)))

    def others(self, continent: str) -> tuple[str, ...]:
        """All continents but this one."""
        return tuple(each.name for each in self.continents if each.name != continent)


def machine(continent: str, name: str) -> str:
    """The address of a machine: `europe-s1`."""
    return f"{continent}-{name}"


def group_of(owners: Sequence[str]) -> str:
    """The keys that the same shards own are one group, `s1+s4`, whoever is preferred."""
    return "+".join(sorted(owners))
