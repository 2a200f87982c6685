"""Operations take time in a simulation: what they cost on a node stands in its profile, and keeps its cores busy.

Within one call, what others cannot interrupt in life is paid in one piece: at the next place that lets others run, or
at the end. A write then waits for the disk, and who comes meanwhile shares the next commit, as in
`storage/group_commit.py`.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from twitterlab.parts.given import Clock
from twitterlab.stage.costs import Call, Kind, power, watch_stores
from twitterlab.storage.stores import Stores
from twitterlab.world.node import Node
from twitterlab.world.samplers import NS_PER_MS

COMMIT = {"flushed": "commit.flushed", "derived": "commit.derived"}
WAKE = "loop.wake"
"""How late a sleeper wakes."""
STEPS = (0.15, 0.65, 0.2)
"""Redis in process gives way to others between sending, which is most of it, and reading: shares of its time,
measured on pipelines of 1 to 512 commands with redis-py 8 and fakeredis 2.40."""


class Debt:
    """What one flow of calls owes, in nanoseconds."""

    __slots__ = ("owed_ns",)

    def __init__(self) -> None:
        self.owed_ns = 0


_DEBT: ContextVar[Debt | None] = ContextVar("DEBT", default=None)


class Charging:
    """`Costs` of a node."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._prices = Prices(node)
        self._commits = {kind: Commits(node, self._prices.of(operation)) for kind, operation in COMMIT.items()}

    async def spend(self, operation: str, kind: Kind, call: Call, is_sized_by_answer: bool = False) -> Any:
        debt, mark = _DEBT.get(), None
        if debt is None:
            debt = Debt()
            mark = _DEBT.set(debt)
        try:
            if not is_sized_by_answer:
                debt.owed_ns += self._prices.of(operation)()
            if kind in self._commits:
                await self._pay(debt)
                await self._commits[kind].take()
            answer = await call()
            if is_sized_by_answer:
                debt.owed_ns += self._prices.of(f"{operation}.{power(answer)}")()
            if kind == "yielding":
                await self._pay_in_steps(debt)
        finally:
            if mark is not None:
                _DEBT.reset(mark)
        if mark is not None:
            await self._pay(debt)
        return answer

    async def _pay_in_steps(self, debt: Debt) -> None:
        owed_ns, debt.owed_ns = debt.owed_ns, 0
        for share in STEPS:
            await self._node.cpu(owed_ns * share / NS_PER_MS)

    async def _pay(self, debt: Debt) -> None:
        owed_ns, debt.owed_ns = debt.owed_ns, 0
        if owed_ns:
            await self._node.cpu(owed_ns / NS_PER_MS)


class Prices:
    """A stream of costs for every operation of a node's profile; of a size that was not measured, the nearest."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._draws: dict[str, Callable[[], int]] = {}
        self._sizes: dict[str, list[int]] = {}
        for name in node.profile:
            operation, _, size = name.rpartition(".")
            if size.isdigit():
                self._sizes.setdefault(operation, []).append(int(size))
        for sizes in self._sizes.values():
            sizes.sort()

    def of(self, operation: str) -> Callable[[], int]:
        """Draws nanoseconds; 0 where nothing is known."""
        draw = self._draws.get(operation)
        if draw is None:
            sampler = self._node.profile.get(self._nearest(operation))
            draw = sampler.stream(self._node.chance(f"cost/{operation}")) if sampler else _nothing
            self._draws[operation] = draw
        return draw

    def _nearest(self, operation: str) -> str:
        if operation in self._node.profile:
            return operation
        name, _, size = operation.rpartition(".")
        if not size.isdigit() or name not in self._sizes:
            return operation
        sizes = self._sizes[name]
        return f"{name}.{sizes[min(bisect_left(sizes, int(size)), len(sizes) - 1)]}"


def _nothing() -> int:
    return 0


class Commits:
    """The disk under a database: one commit at a time, and one for all who wait."""

    def __init__(self, node: Node, draw: Callable[[], int]) -> None:
        self._node, self._draw = node, draw
        self._running: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None

    async def take(self) -> None:
        """Return when a commit that began after this call has reached the disk."""
        if self._draw is _nothing:
            return
        if self._next is None:
            self._next = self._node.spawn(self._commit(self._running), "commit")
        await asyncio.shield(self._next)

    async def _commit(self, before: asyncio.Task[None] | None) -> None:
        if before is not None and not before.done():
            await before
        self._running, self._next = self._next, None
        await asyncio.sleep(self._draw() * self._node.disk.slowness / NS_PER_MS / 1_000)


class LateClock:
    """A clock whose sleepers wake as late as the machine's do."""

    def __init__(self, clock: Clock, draw: Callable[[], int]) -> None:
        self._clock, self._draw = clock, draw

    def now_ms(self) -> int:
        return self._clock.now_ms()

    async def sleep_ms(self, duration_ms: float) -> None:
        await self._clock.sleep_ms(duration_ms + self._draw() / NS_PER_MS)


class Machine:
    """A node as the world of a live run: its sleepers wake late."""

    source = "simulated"

    def __init__(self, node: Node) -> None:
        self._node = node
        self.clock: Clock = LateClock(node.clock, Prices(node).of(WAKE))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._node, name)


def charged(stores: Stores, node: Node) -> Stores:
    """The same rows, at the cost they have on `node`."""
    return watch_stores(stores, Charging(node))
