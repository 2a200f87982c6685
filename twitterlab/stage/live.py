"""The live run: a thousand people on a whole platform, driven open-loop and judged by an oracle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from twitterlab.bench.openloop import OpenLoop, Outcome
from twitterlab.bench.oracle import Judgement, Oracle
from twitterlab.bench.population import Graph
from twitterlab.bench.workload import Action, Operation, text_of
from twitterlab.errors import Uncertain
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.meter import Meter
from twitterlab.platform.client import MAX_PAGE
from twitterlab.platform.platform import IDLE_MS, Platform
from twitterlab.stage.accidents import Accidents
from twitterlab.stage.spies import UNCOUNTED, CacheSpy, TimelineSpy
from twitterlab.stage.visibility import Visibility
from twitterlab.storage.stores import Stores
from twitterlab.world.world import World

TOGETHER = 50
"""People who sign up at the same time: their commits share a write to the disk."""
SIGN_UPS = 3
"""Tries a person has to sign up; a source of ids that repeats fails some."""
CROWD = 100
"""So many sign up at once, and share the way to the disk."""
POPULATE_S, DRAIN_S, JUDGE_S = 60.0, 5.0, 30.0
PATIENCE_S = 5.0
"""Who has no answer by then gives up."""
OVERTIME, LEAST_S = 3.0, 30.0
"""A run is cut off after this many times its planned duration, and not before so many seconds."""
TRIAL_S = 1.5
BUSY_SHARE = 0.7
"""Of what the trial reached one after the other, where each waits for the disk: together they reach more. Nearer to
its limit a system only measures its queue."""
RATES_PER_S = 300.0, 1_400.0
"""The least and the most that is offered, in operations a second."""
WATCH_EVERY = 2
"""Every so many posts a follower waits for the tweet."""
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run leaves behind. `meter` is the part that sat in the gateway."""

    outcome: Outcome
    judged: Judgement
    delivered: int
    redelivered: int
    hit_percent: float
    visibility: Visibility
    meter: Meter
    accidents: Accidents
    operations: int
    rate_per_s: float


class LiveRun:
    """One population on one platform. `progress` gets shares in [0, 1] of this run."""

    def __init__(
        self, blueprint: Blueprint, world: World, stores: Stores, redis: Any, graph: Graph, progress: Progress
    ) -> None:
        self._world, self._graph, self._progress = world, graph, progress
        self.oracle, self.accidents = Oracle(), Accidents()
        stores.timelines = TimelineSpy(stores.timelines, self.oracle)
        spies: list[CacheSpy] = []

        def spied(*collaborators: Any) -> CacheSpy:
            spies.append(CacheSpy(blueprint.cache(*collaborators)))
            return spies[-1]

        self.platform = Platform(replace(blueprint, cache=spied), world, stores, redis)
        self._stores, self._cache = stores, spies[0]
        self._visibility = Visibility(self.platform.client, world)
        self._ids: list[int | None] = []
        self._followers: dict[int, list[int]] = {}
        self._seen: dict[int, list[int]] = {}
        self._begun = self._posts = self._total = 0
        self._started_ns = 0

    async def run(self, trial: Sequence[Operation], plan: Callable[[float], Sequence[Operation]]) -> Measured:
        """People come, act, wait until everything is delivered, and are asked what they see.

        `plan` makes the schedule for a rate in operations a second, which depends on how fast this machine is.
        """
        await asyncio.wait_for(self._populate(), POPULATE_S)
        rate_per_s = await self._rate(trial)
        schedule = plan(rate_per_s)
        self._begun, self._total = 0, len(schedule)
        within_s = max(LEAST_S, OVERTIME * self._total / rate_per_s)
        stop = asyncio.Event()
        worker = asyncio.ensure_future(self._work(stop))
        self._started_ns = self._world.stopwatch_ns()
        outcome = await OpenLoop(self._world.clock, self._world.stopwatch_ns, self._perform).run(schedule, within_s)
        hit_percent = self._cache.hit_percent()
        await self._visibility.finish()
        stop.set()
        if (await asyncio.wait([worker], timeout=DRAIN_S))[1]:
            worker.cancel()  # it waits for something that never comes
        self._progress("waiting for deliveries", 0.8)
        await self._drain()
        judged = await self._judge()
        return Measured(
            outcome, judged, self.oracle.delivered, self.oracle.redelivered, hit_percent, self._visibility,
            self.platform.meter, self.accidents, sum(outcome.done.values()) + self.accidents.limited, rate_per_s,
        )  # fmt: skip

    async def _populate(self) -> None:
        for first in range(0, self._graph.users, CROWD):
            self._progress("people sign up", 0.1 * first / self._graph.users)
            crowd = range(first, min(first + CROWD, self._graph.users))
            self._ids += await asyncio.gather(*map(self._sign_up, crowd))
        pairs = [(self._ids[a], self._ids[b]) for a, b in self._graph.follows]
        known = [(a, b) for a, b in pairs if a is not None and b is not None]
        await self._stores.follows.follow_many(known, self._world.clock.now_ms())
        for follower, followee in known:
            self.oracle.followed(follower, followee)
            self._followers.setdefault(followee, []).append(follower)

    async def _sign_up(self, number: int) -> int | None:
        """The new account's id, or None when it could not be had."""
        for _ in range(SIGN_UPS):
            try:
                return (await self.platform.client.sign_up(f"user{number}", f"User {number}", "")).id
            except Exception as error:
                self.accidents.happened(error, "sign up")
        return None

    async def _rate(self, trial: Sequence[Operation]) -> float:
        """What to offer: a share of what this machine serves when operations follow one another, fan-out included.

        The trial also loads what is only loaded at its first use."""
        UNCOUNTED.set(True)
        started_ns, done = self._world.stopwatch_ns(), 0
        for operation in trial:
            await self._perform(operation)
            if operation.action is Action.POST:
                await self._step()
            done += 1
            if self._world.stopwatch_ns() - started_ns > TRIAL_S * 1e9:
                break
        UNCOUNTED.set(False)
        least, most = RATES_PER_S
        return min(max(BUSY_SHARE * done * 1e9 / (self._world.stopwatch_ns() - started_ns), least), most)

    async def _step(self) -> None:
        try:
            await asyncio.wait_for(self.platform.step(), TRIAL_S)
        except Exception as error:
            self.accidents.happened(error, "fan-out worker")

    async def _perform(self, operation: Operation) -> bool:
        self._begun += 1
        if self._total and self._begun % 250 == 0:
            self._progress("people read and post", 0.1 + 0.7 * self._begun / self._total)
        me = self._ids[operation.user]
        if me is None:
            return False
        before_ns, is_done = self._world.stopwatch_ns(), False
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._act(me, operation)
            is_done = True
        except Exception as error:
            if operation.action is Action.POST and isinstance(error, Uncertain):
                self.oracle.doubted(me)
            self.accidents.happened(error, operation.action.value)
        ms = (self._world.stopwatch_ns() - before_ns) / 1e6
        self._world.emit(operation.action.value, request=self._begun, user_id=me, ms=round(ms, 3), ok=is_done)
        return is_done

    async def _act(self, me: int, operation: Operation) -> None:
        client = self.platform.client
        if operation.action is Action.READ:
            page = await client.home(me)
            self._seen[me] = [view.tweet.id for view in page.items]
        elif operation.action is Action.POST:
            await self._post(me, operation)
        elif operation.action is Action.LIKE:
            if seen := self._seen.get(me):
                await client.like(me, seen[int(operation.pick * len(seen))])
        elif operation.action is Action.FOLLOW:
            other = self._ids[operation.other]
            if other is not None and other != me:
                await client.follow(me, other)
                self.oracle.followed(me, other)
        else:
            await client.search(me, operation.word)

    async def _post(self, me: int, operation: Operation) -> None:
        tweet = await self.platform.client.post(me, text_of(operation))
        self.oracle.posted(me, tweet.id)
        self._world.emit("posted", tweet_id=tweet.id, author_id=me)
        followers = self._followers.get(me)
        self._posts += 1
        if self._started_ns and followers and self._posts % WATCH_EVERY == 0:
            follower = followers[int(operation.pick * len(followers))]
            self._visibility.watch(follower, tweet.id, self._started_ns + operation.at_ns)

    async def _work(self, stop: asyncio.Event) -> None:
        """The platform's background worker, started again whenever it breaks."""
        while not stop.is_set():
            try:
                await self.platform.run(stop)
            except Exception as error:
                self.accidents.happened(error, "fan-out worker")
                await self._world.clock.sleep_ms(IDLE_MS)

    async def _drain(self) -> None:
        try:
            await asyncio.wait_for(self.platform.drain(), DRAIN_S)
        except TimeoutError:
            return  # what did not arrive is lost, and counted as such
        except Exception as error:
            self.accidents.happened(error, "fan-out worker")

    async def _judge(self) -> Judgement:
        """Everybody's whole home timeline against the oracle. Who is not answered in time sees nothing."""
        lost = repeated = strange = 0
        until_ns = self._world.stopwatch_ns() + JUDGE_S * 1e9
        for number, me in enumerate(user for user in self._ids if user is not None):
            shown = await self._shown(me) if self._world.stopwatch_ns() < until_ns else []
            verdict = self.oracle.judge(me, shown)
            lost, repeated, strange = lost + verdict.lost, repeated + verdict.repeated, strange + verdict.strange
            if number % 100 == 0:
                self._progress("everybody's timeline is judged", 0.85 + 0.15 * number / len(self._ids))
        return Judgement(lost, repeated, strange)

    async def _shown(self, me: int) -> list[int]:
        """All pages."""
        shown: list[int] = []
        cursor = None
        while True:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    page = await self.platform.client.home(me, cursor, MAX_PAGE)
            except Exception as error:
                self.accidents.happened(error, "read")
                return shown
            shown += [view.tweet.id for view in page.items]
            cursor = page.next_cursor
            if cursor is None or len(shown) > 2 * self._stores.timelines.capacity:
                return shown
