"""The pulse of a live run: its gauges, four times a second, in the trace. The dashboard draws them.

Rates and waits are those of the last second; a wait counts from when the person wanted to act. A pulse costs a
sort of a second's waits and two look-ups, whatever the run's length.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from math import ceil

from twitterlab.bench.workload import Action, Operation
from twitterlab.world.world import World

EVERY_MS = 250
WINDOW_NS = 1_000_000_000
SLOW_MS = 50.0
"""A request that took longer is told by itself."""
Depths = Callable[[], Awaitable[tuple[int, int]]]


class Pulse:
    """`depths` says how many events wait in the stream and in the outbox; `hit_percent` and
    `delivered` what was so far; `each_time` is called before each beat."""

    def __init__(
        self,
        world: World,
        depths: Depths,
        hit_percent: Callable[[], float],
        delivered: Callable[[], int],
        each_time: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._each_time = each_time
        self._world, self._depths, self._hit_percent, self._delivered = world, depths, hit_percent, delivered
        self._recent: deque[tuple[int, Action, float]] = deque()
        self._told: deque[tuple[int, int]] = deque([(world.stopwatch_ns(), 0)])
        self._operations = self._errors = 0

    def record(self, operation: Operation, wait_ms: float, is_done: bool) -> None:
        """One operation has come back."""
        self._operations += 1
        self._errors += not is_done
        self._recent.append((self._world.stopwatch_ns(), operation.action, wait_ms))
        if wait_ms > SLOW_MS:
            self._world.emit(
                "slow", what=operation.action.value, ms=round(wait_ms, 1), user_id=operation.user, ok=is_done
            )

    async def beat(self) -> None:
        """Until cancelled."""
        while True:
            await self._world.clock.sleep_ms(EVERY_MS)
            if self._each_time is not None:
                await self._each_time()
            queue_events, outbox_events = await self._depths()
            self._world.emit(
                "pulse", **self._rates(), queue_events=queue_events, outbox_events=outbox_events,
                cache_hit_percent=_number(self._hit_percent()), operations=self._operations, errors=self._errors,
            )  # fmt: skip

    def _rates(self) -> dict[str, float | None]:
        now_ns = self._world.stopwatch_ns()
        while self._recent and self._recent[0][0] < now_ns - WINDOW_NS:
            self._recent.popleft()
        waits = sorted(wait_ms for _, action, wait_ms in self._recent if action is Action.READ)
        posts = sum(action is Action.POST for _, action, _ in self._recent)
        return {
            "operations_per_s": float(len(self._recent)),
            "reads_per_s": float(len(waits)),
            "posts_per_s": float(posts),
            "deliveries_per_s": self._deliveries_per_s(now_ns),
            "home_ms_p50": _rank(waits, 0.5),
            "home_ms_p99": _rank(waits, 0.99),
            "home_ms_p999": _rank(waits, 0.999),
        }

    def _deliveries_per_s(self, now_ns: int) -> float:
        self._told.append((now_ns, self._delivered()))
        while len(self._told) > 2 and self._told[0][0] < now_ns - WINDOW_NS:
            self._told.popleft()
        (then_ns, before), (_, after) = self._told[0], self._told[-1]
        return (after - before) * 1e9 / max(1, now_ns - then_ns)


def _rank(ordered: list[float], q: float) -> float | None:
    """Nearest rank, in ms; None when empty."""
    return round(ordered[max(1, ceil(q * len(ordered))) - 1], 3) if ordered else None


def _number(value: float) -> float | None:
    return round(value, 2) if value == value else None
