"""A trace of a simulated run that somebody listens to: gauges, orders, faults. Everything is kept as before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twitterlab.stage.options import Event
from twitterlab.world.trace import Trace

KINDS = frozenset(("regions", "order", "fault", "healed", "log", "breakable"))
"""What a listener hears. Messages and requests are not told: there are too many."""


class HeardTrace(Trace):
    """Tells while it is written."""

    def __init__(self, seed: int, tell: Callable[[Event], None], one_in: int) -> None:
        super().__init__(seed, one_in=one_in)
        self._tell = tell

    def event(self, at_ns: int, kind: str, fields: Mapping[str, Any]) -> None:
        """As `Trace.event`."""
        super().event(at_ns, kind, fields)
        if kind in KINDS:
            self._tell((at_ns, kind, fields))
