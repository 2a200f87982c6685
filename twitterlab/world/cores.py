"""The processor of a machine: work takes time on one of its cores, and waits where all are busy.

First come, first served. That is what makes queues form, so that Erlang's formulas, overload and
retry storms hold in the simulation that also checks correctness.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from twitterlab.world.kernel import Kernel, Timer

Done = Callable[[int, int], object]
"""Called at the end of a job with how long it waited and how long it ran, in nanoseconds."""


class Job:
    """A piece of work: `left_ns` of processor time, at full speed, are still to do."""

    __slots__ = ("asked_ns", "cost_ns", "done", "left_ns", "started_ns", "timer", "waited_ns")

    def __init__(self, cost_ns: int, asked_ns: int, done: Done) -> None:
        self.cost_ns = self.left_ns = cost_ns
        self.asked_ns, self.done = asked_ns, done
        self.started_ns = self.waited_ns = 0
        self.timer: Timer | None = None


class Cores:
    """`count` cores. `slowness` 10 makes everything take ten times as long; infinite is a standstill."""

    def __init__(self, kernel: Kernel, count: int) -> None:
        self._kernel = kernel
        self.count = count
        self.slowness: float | None = 1.0
        self.busy_ns = 0  # of work that has ended
        self._running: dict[Job, None] = {}  # in the order they began
        self._waiting: deque[Job] = deque()

    @property
    def running(self) -> int:
        """Cores that are at work."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """Jobs that no core has begun."""
        return len(self._waiting)

    def run(self, cost_ns: int, done: Done) -> None:
        """Do work of `cost_ns` on the next core that is free, then call `done(waited, ran)`."""
        job = Job(cost_ns, self._kernel.now_ns, done)
        if len(self._running) < self.count:
            self._begin(job)
        else:
            self._waiting.append(job)

    def set_slowness(self, slowness: float | None) -> None:
        """Go on at another speed; None stands still. Work done so far stays done."""
        for job in self._running:
            self._interrupt(job)
        self.slowness = slowness
        for job in self._running:
            self._go_on(job)

    def clear(self) -> list[Done]:
        """Forget all work, as a crash does; gives what will now never be called."""
        for job in self._running:
            if job.timer is not None:
                job.timer.cancel()
        dropped = [job.done for job in (*self._running, *self._waiting)]
        self._running.clear()
        self._waiting.clear()
        return dropped

    def _begin(self, job: Job) -> None:
        job.waited_ns = self._kernel.now_ns - job.asked_ns
        self._running[job] = None
        self._go_on(job)

    def _go_on(self, job: Job) -> None:
        if self.slowness is not None:
            job.started_ns = self._kernel.now_ns
            job.timer = self._kernel.timer(round(job.left_ns * self.slowness), self._end, job)

    def _interrupt(self, job: Job) -> None:
        if job.timer is not None and self.slowness is not None:
            job.timer.cancel()
            job.timer = None
            job.left_ns = max(0, job.left_ns - round((self._kernel.now_ns - job.started_ns) / self.slowness))

    def _end(self, job: Job) -> None:
        del self._running[job]
        self.busy_ns += job.cost_ns
        if self._waiting:
            self._begin(self._waiting.popleft())
        job.done(job.waited_ns, self._kernel.now_ns - job.asked_ns - job.waited_ns)
