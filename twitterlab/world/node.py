"""A machine of the simulation: cores, a disk, a clock, an address, and the process that runs on it.

Its program is a function of the node, called at every start: what it builds is memory, gone with the
next crash; what it must not lose it puts on `node.disk`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from inspect import iscoroutine
from itertools import count
from typing import Any

from twitterlab.errors import BadInput, Uncertain
from twitterlab.model.figure import Source
from twitterlab.parts.given import Chance
from twitterlab.world.clocks import MachineClock
from twitterlab.world.cores import Cores
from twitterlab.world.disk import Disk, DiskProfile
from twitterlab.world.frames import Frame, Reply, Request, weight
from twitterlab.world.ground import Ground
from twitterlab.world.places import Place
from twitterlab.world.process import Process
from twitterlab.world.samplers import NS_PER_MS, Sampler
from twitterlab.world.service import Handler
from twitterlab.world.work import WORK

Program = Callable[["Node"], Any]
"""What a node runs: called with the node at each start. A coroutine that it returns runs as its main task."""
NO_PROFILE: Mapping[str, Sampler] = {}
CONCURRENCY = 1_000
BACKLOG = 1_000


class Node:
    """One machine, made by `world.nodes.add`. To the platform that runs on it it is a World: the same simulation,
    as this machine sees it, with its own clock and chance. `profile` says what operations cost here (`charge.py`)."""

    source: Source = "simulated"

    def __init__(
        self,
        ground: Ground,
        name: str,
        program: Program | None,
        place: Place,
        cores: int = 1,
        concurrency: int = CONCURRENCY,
        backlog: int = BACKLOG,
        disk: DiskProfile | None = None,
        profile: Mapping[str, Sampler] = NO_PROFILE,
    ) -> None:
        if cores < 1 or concurrency < 1 or backlog < 0:
            raise BadInput(f"{name} has {cores} cores, {concurrency} at a time", "Give it at least one of each")
        self.name, self.place, self.profile, self.seed = name, place, profile, ground.seed
        self._ground, self._program = ground, program
        self._limits = (concurrency, backlog)
        self._numbers = count(1)  # of calls: they go on after a restart, so that late answers find nobody
        self._draws: dict[Sampler, Callable[[], int]] = {}
        self._spends: dict[str, Callable[[], int]] = {}  # by operation: a distribution takes long to hash
        self.starts = 0
        self.is_powered = True
        self.cores = Cores(ground.kernel, cores)
        self.disk = Disk(ground.kernel, ground.chance(f"disk/{name}"), disk or DiskProfile())
        self.clock = MachineClock(ground.kernel, ground.start_ms)
        self.past: list[Process] = []
        self.process: Process | None = None
        ground.network.attach(name, place, self._receive)

    # What programs use.

    def serve(self, method: str, handler: Handler) -> None:
        """Answer `method` with what `handler(body)` gives, until the next crash."""
        self._alive().service.handlers[method] = handler

    def spawn(self, coroutine: Coroutine[Any, Any, Any], name: str = "") -> asyncio.Task[Any]:
        """Run a coroutine beside everything else, until the next crash."""
        return self._alive().spawn(coroutine, name or f"{self.name}.{getattr(coroutine, '__name__', 'task')}")

    async def call(self, target: str, method: str, body: Any = None, timeout_ms: float = 1_000) -> Any:
        """Ask `target` and wait. Refused: it did not happen. Uncertain: it may have, and `timeout_ms` are over."""
        return await self._alive().calls.call(target, method, body, timeout_ms)

    def send(self, target: str, method: str, body: Any = None) -> None:
        """Tell `target` and do not wait."""
        self._alive().calls.send(target, method, body)

    async def cpu(self, cost: float | Sampler) -> None:
        """Work on a core for `cost` milliseconds, or for what is drawn from a distribution; wait for a free one."""
        await self._work(round(cost * NS_PER_MS) if isinstance(cost, int | float) else self._draw_of(cost)())

    async def _work(self, cost_ns: int) -> None:
        done = _Finished(self._ground.loop.create_future())
        self.cores.run(cost_ns, done)
        waited_ns, ran_ns = await done.future
        work = WORK.get()
        if work is not None:
            work.queued_ns += waited_ns
            work.cpu_ns += ran_ns

    def chance(self, stream: str = "user") -> Chance:
        """A stream of random numbers of this node's own, begun anew at each start."""
        return self._ground.chance(f"node/{self.name}/{self.starts}/{stream}")

    async def spend(self, operation: str) -> None:
        """Work as long as the profile says that `operation` takes; not at all if it does not say."""
        draw = self._spends.get(operation)
        if draw is None:
            cost = self.profile.get(operation)
            if cost is None:
                return
            draw = self._spends[operation] = self._draw_of(cost)
        await self._work(draw())

    def stopwatch_ns(self) -> int:
        """Nanoseconds since the simulation began."""
        return self._ground.kernel.now_ns

    def emit(self, kind: str, **fields: Any) -> None:
        """Write one event of any kind to the trace, with this node's name."""
        self._ground.note(kind, node=self.name, **fields)

    def log(self, text: str) -> None:
        """Write a line to the trace."""
        self.emit("log", text=text)

    def gauge(self, name: str, value: float) -> None:
        """Write a number to the trace."""
        self.emit("gauge", name=name, value=value)

    # What faults use.

    @property
    def state(self) -> str:
        """up, paused or down."""
        if self.process is None:
            return "down"
        return "up" if self.process.life.is_running else "paused"

    def start(self) -> None:
        """Start the program, with empty memory and what the disk kept. Without effect on one that runs."""
        if self.process is not None:
            return
        self.is_powered = True
        self.starts += 1
        self.cores.set_slowness(self.disk.slowness)  # the process may have died while it was paused
        self.process = Process(self._ground, self, self.name, self._numbers, *self._limits)
        self.emit("state", state="up")
        if self._program is not None:
            try:
                result = self.process.context.run(self._program, self)
            except Exception as error:
                self._ground.fail(error, f"{self.name} starting")
                return
            if iscoroutine(result):
                self.spawn(result, f"{self.name}.main")

    def crash(self, loses_power: bool = False) -> None:
        """Stop between two instructions. The machine answers for its dead process and keeps what that wrote,
        synced or not, unless it `loses_power` too."""
        if loses_power and self.is_powered:
            self.is_powered = False
            self.disk.crash()
        process, self.process = self.process, None
        if process is None:
            return
        self.past.append(process)
        process.end()
        for done in self.cores.clear():
            if isinstance(done, _Finished):
                done.abandon(self.name)
        if self.is_powered:
            process.service.reset()
        process.calls.abandon()
        self.emit("state", state="down")

    def pause(self) -> None:
        """Stand still. What arrives is kept by the machine."""
        if self.process is not None and self.process.life.is_running:
            self.process.life.pause()
            self.cores.set_slowness(None)
            self.emit("state", state="paused")

    def resume(self) -> None:
        """Go on as if nothing had been."""
        if self.process is not None and not self.process.life.is_running:
            self.cores.set_slowness(self.disk.slowness)
            for call in self.process.life.resume():
                self._ground.kernel.soon(call)
            self.emit("state", state="up")

    def slow(self, factor: float) -> None:
        """Take `factor` times as long for everything; 1 is full speed."""
        self.disk.slowness = factor
        if self.cores.slowness is not None:
            self.cores.set_slowness(factor)
        self.emit("state", state="up" if factor == 1 else "slow")

    # Within.

    def _alive(self) -> Process:
        if self.process is None:
            raise Uncertain(f"{self.name} is down")
        return self.process

    def _receive(self, source: str, frame: Frame) -> None:
        if self.process is not None:
            self.process.receive(source, frame)
        elif isinstance(frame, Request) and self.is_powered:
            reply = Reply(frame.number, "refused", reason=f"{self.name} is down", kind="down")
            self._ground.network.carry(self.name, source, reply, weight(reply), frame.method, frame.span.request)

    def _draw_of(self, cost: Sampler) -> Callable[[], int]:
        """Its stream on this machine, in nanoseconds; equal distributions share one."""
        draw = self._draws.get(cost)
        if draw is None:
            stream = f"node/{self.name}/cpu/{len(self._draws)}"
            draw = self._draws[cost] = cost.stream(self._ground.chance(stream))
        return draw


class _Finished:
    """Wakes whoever waits for a core's work."""

    __slots__ = ("future",)

    def __init__(self, future: asyncio.Future[tuple[int, int]]) -> None:
        self.future = future

    def __call__(self, waited_ns: int, ran_ns: int) -> None:
        if not self.future.done():
            self.future.set_result((waited_ns, ran_ns))

    def abandon(self, name: str) -> None:
        if not self.future.done():
            self.future.set_exception(Uncertain(f"{name} crashed while it worked"))
            self.future.exception()  # seen: nobody may wait any more
