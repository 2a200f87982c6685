"""The open-loop driver: people come when they come, whether or not the system has caught up.

An operation's latency counts from its intended start, so a stall is paid for by everybody who came meanwhile
(no coordinated omission: Gil Tene, "How NOT to Measure Latency", 2013). The operating system wakes a sleeper up
to a millisecond late, and that is in the latencies too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from twitterlab.bench.histogram import Histogram
from twitterlab.bench.workload import Action, Operation
from twitterlab.parts.given import Clock
from twitterlab.world.cancellation import heed_cancellation

IN_FLIGHT = 16
"""Operations open at once. Who comes when all are taken waits in line, and the wait counts."""


@dataclass(slots=True)
class Outcome:
    """What became of the operations. `took_s` is from the first intended start to the last answer."""

    latencies: dict[Action, Histogram] = field(default_factory=lambda: {action: Histogram() for action in Action})
    done: dict[Action, int] = field(default_factory=lambda: dict.fromkeys(Action, 0))
    unfinished: int = 0
    took_s: float = 0.0


class OpenLoop:
    """Performs a schedule on the clock of a world; `perform` says whether the operation succeeded."""

    def __init__(self, clock: Clock, stopwatch_ns: Callable[[], int], perform: Callable[[Operation], Awaitable[bool]]):
        self._clock, self._stopwatch_ns, self._perform = clock, stopwatch_ns, perform
        self.outcome = Outcome()

    async def run(self, schedule: Sequence[Operation], within_s: float) -> Outcome:
        """Every operation at its time. What has not come back `within_s` after the start is cut off: it is
        `unfinished`, with the time it had waited as its latency."""
        started_ns, waiting = self._stopwatch_ns(), iter(schedule)
        open_: dict[int, Operation] = {}
        workers = [asyncio.ensure_future(self._worker(started_ns, waiting, open_)) for _ in range(IN_FLIGHT)]
        done, late = await asyncio.wait(workers, timeout=within_s)
        for worker in late:
            worker.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        for worker in done:
            worker.result()
        now_ns = self._stopwatch_ns()
        for operation in (*open_.values(), *waiting):
            self.outcome.unfinished += 1
            self.outcome.latencies[operation.action].record(now_ns - started_ns - operation.at_ns)
        self.outcome.took_s = (now_ns - started_ns) / 1e9
        return self.outcome

    async def _worker(self, started_ns: int, waiting: Iterator[Operation], open_: dict[int, Operation]) -> None:
        for operation in waiting:
            open_[id(operation)] = operation
            due_ns = started_ns + operation.at_ns
            early_ns = due_ns - self._stopwatch_ns()
            if early_ns > 0:
                await self._clock.sleep_ms(early_ns / 1e6)
            is_done = await self._perform(operation)
            heed_cancellation()
            del open_[id(operation)]
            self.outcome.latencies[operation.action].record(self._stopwatch_ns() - due_ns)
            self.outcome.done[operation.action] += is_done
