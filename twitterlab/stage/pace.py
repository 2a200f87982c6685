"""How fast a machine is during a run, beside its calibration: others use it too, and not always as much.

Watched are reads of SQLite alone: they run from beginning to end on the run's own thread, so that their time is
theirs, however much goes on at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twitterlab.stage.costs import Call, Kind
from twitterlab.world.live import stopwatch_ns
from twitterlab.world.samplers import Empirical

LEAST_READS = 100


class Pace:
    """`Costs` of a live run, for its storage: `slowdown` is the time of all reads over what the profile expects."""

    def __init__(self, profile: Mapping[str, Empirical]) -> None:
        self._expected_ns = {name: cost.mean_ms * 1e6 for name, cost in profile.items()}
        self._took_ns, self._should_ns, self.reads = 0, 0.0, 0

    async def spend(self, operation: str, kind: Kind, call: Call, is_sized_by_answer: bool = False) -> Any:
        expected_ns = self._expected_ns.get(operation)
        if kind != "inline" or expected_ns is None:
            return await call()
        started_ns = stopwatch_ns()
        answer = await call()
        self._took_ns += stopwatch_ns() - started_ns
        self._should_ns += expected_ns
        self.reads += 1
        return answer

    @property
    def slowdown(self) -> float:
        """1 where the machine is as it was, or where too little was read to tell."""
        return self._took_ns / self._should_ns if self.reads >= LEAST_READS else 1.0
