"""Makes things go wrong: now, or by a plan, on any backend, and always takes it back.

A backend that cannot do a fault says so with `Impossible`, and the run reports it: a fault that was
skipped in silence would make a system look safe that was never tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Protocol

from twitterlab.model.fault import Fault, FaultPlan, Scheduled

Mend = Callable[[], object]


class Impossible(Exception):
    """This backend cannot do this fault here."""


class Injector(Protocol):
    """A backend: how faults are done in one kind of world."""

    def inject(self, fault: Fault, targets: tuple[str, ...]) -> Mend:
        """Do it; the answer takes it back. Impossible where it cannot be done."""
        ...


@dataclass(frozen=True, slots=True)
class Missed:
    """A fault that could not be done, and why."""

    scheduled: Scheduled
    reason: str


class Faults:
    """The faults of one run. `later(delay_ms, call)` calls back; `note(kind, **fields)` writes the trace."""

    def __init__(
        self, injector: Injector, later: Callable[[float, Callable[[], object]], object], note: Callable[..., object]
    ) -> None:
        self._injector, self._later, self._note = injector, later, note
        self._active: dict[int, tuple[Mend, dict[str, Any]]] = {}
        self._numbers = 0
        self.done: list[Scheduled] = []
        self.missed: list[Missed] = []

    @property
    def active(self) -> int:
        """Faults that have begun and not ended."""
        return len(self._active)

    def inject(self, fault: Fault, *targets: str) -> Mend:
        """Begin a fault now, until the answer is called or all is healed. Impossible where it cannot be done."""
        mend = self._injector.inject(fault, targets)
        self._numbers += 1
        fields = {"fault": type(fault).__name__, "target": list(targets), "settings": asdict(fault)}
        self._active[self._numbers] = (mend, fields)
        self._note("fault", phase="begin", **fields)
        return partial(self._mend, self._numbers)

    def follow(self, plan: FaultPlan) -> None:
        """From now on do what the plan says, and heal everything at its end."""
        for scheduled in plan.faults:
            self._later(scheduled.at_ms, partial(self._begin, scheduled))
        self._later(plan.heal_ms, self.heal)

    def heal(self) -> None:
        """End every fault, in the order they began."""
        for number in list(self._active):
            self._mend(number)
        self._note("healed")

    def end(self, is_meant: Callable[[Mapping[str, Any]], bool]) -> int:
        """End those active faults of whose fields (fault, target, settings) that is true; how many there were."""
        meant = [number for number, (_, fields) in self._active.items() if is_meant(fields)]
        for number in meant:
            self._mend(number)
        return len(meant)

    def _begin(self, scheduled: Scheduled) -> None:
        try:
            mend = self.inject(scheduled.fault, *scheduled.targets)
        except Impossible as error:
            self.missed.append(Missed(scheduled, str(error)))
            fields: dict[str, Any] = {"fault": type(scheduled.fault).__name__, "target": list(scheduled.targets)}
            self._note("fault", phase="impossible", **fields, why=str(error))
            return
        self.done.append(scheduled)
        if scheduled.duration_ms is not None:
            self._later(scheduled.duration_ms, mend)

    def _mend(self, number: int) -> None:
        mend, fields = self._active.pop(number, (None, {}))
        if mend is not None:
            mend()
            self._note("fault", phase="end", **fields)
