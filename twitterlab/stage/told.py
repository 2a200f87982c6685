"""A trace that somebody listens to while it is written: gauges, slow requests, faults. Everything is kept as before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twitterlab.stage.options import Event
from twitterlab.world.trace import NS_PER_MS, Trace

KINDS = frozenset(("pulse", "slow", "fault", "log", "breakable"))
"""What a listener hears. A request by itself is not told: there are too many."""


class Told:
    """Writes to `trace`, and tells."""

    def __init__(self, trace: Trace, tell: Callable[[Event], None]) -> None:
        self._trace, self._tell = trace, tell

    def write(self, at_ms: int, kind: str, fields: Mapping[str, Any]) -> None:
        """As `Trace.write`."""
        self._trace.write(at_ms, kind, fields)
        if kind in KINDS:
            self._tell(((at_ms - (self._trace.start_ms or at_ms)) * NS_PER_MS, kind, fields))
