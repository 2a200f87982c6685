"""What keys are about where there are regions: one of them, or one machine of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twitterlab.dashboard.regions import Region

ALL = ""
"""No machine is chosen by itself: the whole region is."""


@dataclass(frozen=True, slots=True)
class Choice:
    """`region` is empty while there is none."""

    region: str = ""
    machine: str = ALL

    def begun(self, regions: Sequence[Region]) -> Choice:
        """The first region, where nothing was chosen yet."""
        return self if self.region or not regions else Choice(regions[0].name)

    def nth(self, number: int, regions: Sequence[Region]) -> Choice:
        """The region of this number, from 1; the same as before where there is none."""
        return Choice(regions[number - 1].name) if 0 < number <= len(regions) else self

    def beside(self, steps: int, regions: Sequence[Region]) -> Choice:
        """So many regions further, and around."""
        names = [region.name for region in regions]
        place = names.index(self.region) + steps if self.region in names else 0
        return self.nth(place % len(names) + 1, regions) if names else self

    def next_machine(self, steps: int, regions: Sequence[Region]) -> Choice:
        """So many machines further; all of them come before the first."""
        machines = next((region.machines for region in regions if region.name == self.region), ())
        names = [ALL, *(name for name, _ in machines)]
        place = names.index(self.machine) if self.machine in names else 0
        return Choice(self.region, names[(place + steps) % len(names)])

    def order(self, what: str) -> str:
        """The line that has it done: `kill europe-s1`, `partition europe`, `heal`."""
        if what == "partition" or (what in ("kill", "restart") and not self.machine):
            return f"{what} {self.region}"
        return f"{what} {self.region}-{self.machine}" if what in ("kill", "restart") else what
