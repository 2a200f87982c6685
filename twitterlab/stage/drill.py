"""A failover drill: in the middle of a live run a primary is killed, and what that costs is measured.

First the link to its replica breaks, as in a network that is about to fail, so that the replica does not have what
the primary acknowledges last; then comes `kill -9`. When the replica has taken over, the dead server comes back as a
replica of it, and slots move to another primary while they are in use. Meanwhile somebody writes every few
milliseconds to the place that fails: how long they are refused is the window of errors.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from redis import RedisError

from twitterlab.bench.finding import Finding
from twitterlab.errors import Failure
from twitterlab.model.figure import Figure, Target
from twitterlab.servers.process import StartFailed
from twitterlab.stage.log_alone import LogAlone, TweetsTold
from twitterlab.storage.stores import Stores
from twitterlab.world.world import World

SECONDS = 20.0
"""A run with a drill lasts so long unless somebody chooses."""
HEALTHY_MS, LAG_MS, CALM_MS = 2_000, 2_000, 500
PROBE_EVERY_MS, PROBE_WITHIN_S = 10, 1.0
GIVEN_UP_S = 30.0
PROBE = "{events}:probe"
"""Beside the event log, which is where the drill breaks."""
DOWN = (RedisError, OSError, Failure, TimeoutError)
NONE = Target("==", 0)


@dataclass(slots=True)
class Window:
    """When writes were refused, in milliseconds since the fault; `longest_ms` between two that were acknowledged."""

    refused: int = 0
    written: int = 0
    longest_ms: float = 0.0


class Drill:
    """On the servers of `stores.replicated`. `redis` is the client of the event log."""

    def __init__(self, stores: Stores, redis: Any, world: World) -> None:
        assert stores.replicated is not None, "nothing here fails over"
        self._servers, self._stores, self._redis, self._world = stores.replicated, stores, redis, world
        self._alone = LogAlone(redis) if stores.failovers is not None else None
        if self._alone is not None:
            stores.tweets = TweetsTold(stores.tweets, self._alone.posted)
        self._failover, self._move = Window(), Window()
        self._moved = self._lost = 0
        self._move_ms = 0.0

    async def run(self) -> None:
        """From the healthy start to the last slot that has moved. StartFailed where the servers do not recover."""
        await self._sleep(HEALTHY_MS)
        self._tell("begin", "LinkCut")
        await asyncio.to_thread(self._servers.lag)
        await self._sleep(LAG_MS)
        self._tell("begin", "KillPrimary")
        await self._watched(self._failover, self._failed())
        self._tell("end", "KillPrimary")
        await self._sleep(CALM_MS)
        await asyncio.to_thread(self._servers.heal)
        self._tell("end", "LinkCut")
        await self._watched(self._move, self._moving())
        await self._sleep(CALM_MS)
        if self._alone is not None:
            self._lost = await self._alone.lost()

    def figures(self, engine: str, shown_twice: int) -> tuple[Figure, ...]:
        """What it cost. `shown_twice` is the oracle's."""

        def figure(name: str, unit: str, value: float, note: str, target: Target | None = None) -> Figure:  # fmt: skip
            return Figure(name, unit, value, "live", engine, target, note)

        failover, move = self._failover, self._move
        refused = f"{failover.refused:,} of {failover.refused + failover.written:,} probes refused, one every {PROBE_EVERY_MS} ms"
        found = [
            figure("failover_window_ms", "ms", failover.longest_ms, f"from kill -9 to the next acknowledged write there; {refused}"),
            figure("shown_twice", "tweets", shown_twice, "on any timeline, after everything was relayed again", NONE),
        ]  # fmt: skip
        if self._moved:
            found += [
                figure("slots_moved", "slots", self._moved, f"in {self._move_ms:,.0f} ms, under load"),
                figure("move_window_ms", "ms", move.longest_ms, f"longest wait for a write there; {move.refused} refused"),
            ]  # fmt: skip
        if self._alone is not None:
            said = f"{self._alone.refused:,} refused; the link was cut {LAG_MS / 1000:g} s before the kill"
            found += [
                figure("log_alone_acknowledged", "tweets", len(self._alone.acknowledged), said),
                figure("log_alone_lost", "tweets", self._lost, "the same posts, acknowledged by the event log alone"),
            ]
        return tuple(found)

    def finding(self, engine: str, lost_deliveries: int) -> Finding:
        """The question to predict, and what happened."""
        if self._alone is None:
            return Finding(
                "The primary is killed; its synchronous standby takes over. Which acknowledged posts are gone?",
                ("none", "those of the last second", "those since the last checkpoint"),
                0,
                f"Writes were refused for {self._failover.longest_ms:,.0f} ms; {lost_deliveries} deliveries of acknowledged "
                f"tweets are missing. A commit was acknowledged when it had been applied on both.",
                (),
            )
        return Finding(
            "A primary dies before its replica has heard everything. Which acknowledged posts are gone?",
            ("none", "those that only this server had acknowledged", "also those that were committed in SQL"),
            1,
            f"Of {len(self._alone.acknowledged):,} posts that the event log alone had acknowledged {self._lost} are gone. "
            f"The same posts, acknowledged when committed in SQL with their outbox row, were relayed again: "
            f"{lost_deliveries} deliveries are missing. Replication is asynchronous; who needs more must wait for it.",
            (),
        )

    async def _failed(self) -> None:
        await asyncio.to_thread(self._servers.fail)

    async def _moving(self) -> None:
        before_ns = self._world.stopwatch_ns()
        self._moved = await asyncio.to_thread(self._servers.move)
        self._move_ms = (self._world.stopwatch_ns() - before_ns) / 1e6

    async def _watched(self, window: Window, fault: Awaitable[None]) -> None:
        """Write until the fault is over and a write has been acknowledged after it."""
        acknowledged_ns = begun_ns = self._world.stopwatch_ns()
        breaking = asyncio.ensure_future(fault)
        is_after = False
        while not is_after and self._world.stopwatch_ns() - begun_ns < GIVEN_UP_S * 1e9:
            is_after = breaking.done()
            if await self._is_written():
                now_ns = self._world.stopwatch_ns()
                window.written, window.longest_ms = (
                    window.written + 1,
                    max(window.longest_ms, (now_ns - acknowledged_ns) / 1e6),
                )
                acknowledged_ns = now_ns
            else:
                window.refused, is_after = window.refused + 1, False
            await self._sleep(PROBE_EVERY_MS)
        await breaking
        if not is_after:
            raise StartFailed(f"no write was acknowledged for {GIVEN_UP_S:g} s", "Is this machine busy? Try again.")

    async def _is_written(self) -> bool:
        try:
            async with asyncio.timeout(PROBE_WITHIN_S):
                await (self._redis.set(PROBE, 1) if self._alone is not None else self._stores.ping())
        except DOWN:
            return False
        return True

    async def _sleep(self, duration_ms: float) -> None:
        await self._world.clock.sleep_ms(duration_ms)

    def _tell(self, phase: str, fault: str) -> None:
        self._world.emit("fault", phase=phase, fault=fault, target=[self._stores.engine], settings={})
