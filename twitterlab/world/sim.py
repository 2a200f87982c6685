"""A whole simulated world: virtual time, nodes, a network, disks and faults, all from one seed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from twitterlab.errors import Failure
from twitterlab.model.figure import Source
from twitterlab.world.chance import SeededChance
from twitterlab.world.clocks import SimClock
from twitterlab.world.faults import Faults
from twitterlab.world.graves import bury, let_go
from twitterlab.world.ground import Ground
from twitterlab.world.injector import SimInjector
from twitterlab.world.kernel import MAX_EVENTS, Kernel
from twitterlab.world.life import LIFE
from twitterlab.world.loop import START_MS, VirtualLoop
from twitterlab.world.network import Network
from twitterlab.world.nodes import Nodes
from twitterlab.world.places import Geography
from twitterlab.world.samplers import NS_PER_MS
from twitterlab.world.trace import Trace

T = TypeVar("T")
LIMIT_MS = 7 * 24 * 3_600_000
"""Simulated time of one run, unless told otherwise: a week."""


class SimWorld:
    """A world in which everything follows from `seed`. Add nodes, then `run` once."""

    source: Source = "simulated"

    def __init__(
        self,
        seed: int = 1,
        trace: Trace | None = None,
        geography: Geography | None = None,
        bandwidth_mbit_s: float | None = None,
        start_ms: int = START_MS,
        max_events: int = MAX_EVENTS,
    ) -> None:
        let_go()
        self.seed, self.trace = seed, trace
        self.kernel = Kernel(max_events)
        self.loop = VirtualLoop(start_ms, self.kernel)
        self.clock = SimClock(self.kernel, start_ms)
        self.network = Network(self.kernel, self.chance, geography, bandwidth_mbit_s, trace)
        failure = self.loop.create_future()
        self._ground = Ground(self.kernel, self.loop, self.network, self.chance, trace, seed, start_ms, failure)
        self.nodes = Nodes(self._ground)
        self.faults = Faults(SimInjector(self.kernel, self.network, self.nodes), self._later, self._ground.note)
        if trace is not None:
            trace.begin(seed, start_ms, self.source)

    def chance(self, stream: str) -> SeededChance:
        """A stream of random numbers of its own: one stream's use does not shift another's."""
        return SeededChance(self.seed, stream)

    def stopwatch_ns(self) -> int:
        """Nanoseconds since the simulation began."""
        return self.kernel.now_ns

    def emit(self, kind: str, **fields: Any) -> None:
        """Write one event to the trace; the node whose code is running is added."""
        life = LIFE.get()
        if life is not None:
            fields.setdefault("node", life.owner.name)
        self._ground.note(kind, **fields)

    def watch(self, every_ms: float) -> None:
        """From now on write gauges of every node that is up: cores at work, jobs and requests that wait."""
        for node in self.nodes:
            if node.process is not None:
                node.gauge("cores_running", node.cores.running)
                node.gauge("jobs_waiting", node.cores.waiting)
                node.gauge("requests_running", node.process.service.running)
                node.gauge("requests_waiting", node.process.service.waiting)
        self._later(every_ms, lambda: self.watch(every_ms))

    def run(self, main: Coroutine[Any, Any, T], limit_ms: float = LIMIT_MS) -> T:
        """Run until `main` is done and give its result. What fails in a node is raised here; Deadlock where nothing
        is left to run; Livelock past the bounds on events, or where `main` is not done in `limit_ms`."""
        self.loop.set_exception_handler(self._look_for_bugs)
        self.loop.limit_ns = round(limit_ms * NS_PER_MS)
        try:
            return self.loop.run_until_complete(self._until_done(main))
        finally:
            self._end()

    async def _until_done(self, main: Coroutine[Any, Any, T]) -> T:
        task = asyncio.ensure_future(main)
        await asyncio.wait((task, self._ground.failure), return_when=asyncio.FIRST_COMPLETED)
        if self._ground.failure.done():
            self._ground.failure.result()
        return task.result()

    def _look_for_bugs(self, loop: object, context: dict[str, Any]) -> None:
        """What asyncio would only log, such as a task that failed and that nobody awaited, ends the run."""
        error = context.get("exception")
        if error is not None and not isinstance(error, Failure):
            self._ground.fail(error, str(context.get("message")))

    def _later(self, delay_ms: float, call: Callable[[], object]) -> None:
        self.kernel.after(round(delay_ms * NS_PER_MS), call)

    def _end(self) -> None:
        """Stop everything where it stands; whoever holds the world can still look at it."""
        for node in self.nodes:
            if node.process is not None:
                node.process.end()
            bury(process.life for process in (*node.past, node.process) if process is not None)
        if self.trace is not None:
            self.trace.seal()
        self.loop.close()
