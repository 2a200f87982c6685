"""The driver of the whole-Twitter load: reads and tweets in batches, open loop, and how long until followers see them.

Time is cut into ticks. A tick's readers and writers want to act at its start, whether or not the system has caught up;
a batch's latency counts from there, for everybody in it (no coordinated omission: Gil Tene, "How NOT to Measure
Latency", 2013). Everything people do is drawn before the clock starts. A reader touches every byte of their page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from twitterlab.bench.histogram import Histogram
from twitterlab.parts.given import Clock
from twitterlab.storage.batches import HomePages

PAGE = 20
WATCHED_A_TICK = 2
"""Tweets of every tick of writers that a follower is set to look out for."""
LOOKS_AT_ONCE = 64
Indexes = npt.NDArray[np.int64]


class Service(Protocol):
    """The calls that are driven."""

    async def home_pages(self, user_ids: Indexes, limit: int = PAGE) -> HomePages: ...

    async def post_many(self, author_ids: Sequence[int], texts: Sequence[str]) -> list[int]: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """Line i of `readers` comes at tick i of reads, line i of `authors` at tick i of posts with `texts`."""

    readers: Sequence[Indexes]
    read_tick_ns: int
    authors: Sequence[Indexes]
    texts: Sequence[Sequence[str]]
    post_tick_ns: int


@dataclass(slots=True)
class Outcome:
    """What was measured. `checksum` is of every byte read; `took_s` from the first tick to the last answer."""

    reads: int = 0
    tweets_read: int = 0
    posts: int = 0
    checksum: int = 0
    took_s: float = 0.0
    read_waits: Histogram = field(default_factory=Histogram)
    post_waits: Histogram = field(default_factory=Histogram)
    visible_waits: Histogram = field(default_factory=Histogram)
    unseen: int = 0
    seconds: list[tuple[int, int]] = field(default_factory=list)  # reads and posts finished in each second

    def touch(self, pages: HomePages) -> None:
        """Read every byte of every page."""
        self.checksum ^= int(np.bitwise_xor.reduce(pages.tweets.view(np.uint64).reshape(-1)))
        self.tweets_read += int(np.count_nonzero(pages.tweets["created_ms"]))
        self.checksum ^= hash("".join(pages.long.values()))  # of one text, Python keeps the hash and reads no more


Watch = tuple[int, int, int]
"""(intended start in ns, follower's id, tweet's id)."""


class WholeTwitterDrive:
    """Drives a plan. `follower_of` names somebody who follows the author, or None."""

    def __init__(
        self,
        service: Service,
        clock: Clock,
        stopwatch_ns: Callable[[], int],
        follower_of: Callable[[int], Awaitable[int | None]],
    ) -> None:
        self._service, self._clock, self._stopwatch_ns, self._follower_of = service, clock, stopwatch_ns, follower_of
        self._watched: list[Watch] = []
        self.outcome = Outcome()

    async def run(self, plan: Plan, readers: int, progress: Callable[[float], None]) -> Outcome:
        """Every tick at its time, by so many readers at once; then look out for what has not been seen, for a second."""
        started_ns = self._stopwatch_ns()
        is_over = asyncio.Event()
        turn = count()
        reading = [self._read(plan, started_ns, turn, progress) for _ in range(readers)]
        looking = asyncio.ensure_future(self._look_out(is_over))
        await asyncio.gather(self._write(plan, started_ns), *reading)
        self.outcome.took_s = (self._stopwatch_ns() - started_ns) / 1e9
        await self._clock.sleep_ms(1_000)
        is_over.set()
        await looking
        self.outcome.unseen = len(self._watched)
        return self.outcome

    async def _read(self, plan: Plan, started_ns: int, turn: Any, progress: Callable[[float], None]) -> None:
        for tick in turn:
            if tick >= len(plan.readers):
                return
            due_ns = started_ns + tick * plan.read_tick_ns
            await self._until(due_ns)
            pages = await self._service.home_pages(plan.readers[tick], PAGE)
            self.outcome.touch(pages)
            now_ns = self._stopwatch_ns()
            people = len(plan.readers[tick])
            self.outcome.read_waits.record_many(now_ns - due_ns, people)
            self.outcome.reads += people
            self._count(now_ns - started_ns, people, 0)
            if tick % 64 == 0:
                progress(tick / len(plan.readers))

    async def _write(self, plan: Plan, started_ns: int) -> None:
        for tick, texts in enumerate(plan.texts):
            due_ns = started_ns + tick * plan.post_tick_ns
            await self._until(due_ns)
            authors = plan.authors[tick].tolist()
            ids = await self._service.post_many(authors, texts)
            now_ns = self._stopwatch_ns()
            self.outcome.post_waits.record_many(now_ns - due_ns, len(ids))
            self.outcome.posts += len(ids)
            self._count(now_ns - started_ns, 0, len(ids))
            for place in range(min(WATCHED_A_TICK, len(ids))):
                follower = await self._follower_of(authors[place])
                if follower is not None:
                    self._watched.append((due_ns, follower, ids[place]))

    async def _look_out(self, is_over: asyncio.Event) -> None:
        """Followers ask again and again for their page until the tweet is on it."""
        while True:
            await self._clock.sleep_ms(2)
            is_last = is_over.is_set()
            looked, self._watched = self._watched[:LOOKS_AT_ONCE], self._watched[LOOKS_AT_ONCE:]
            if looked:
                pages = await self._service.home_pages(np.array([follower for _, follower, _ in looked]), PAGE)
                is_seen = (pages.tweets["id"] == np.array([tweet_id for _, _, tweet_id in looked])[:, None]).any(axis=1)
                now_ns = self._stopwatch_ns()
                for watch, seen in zip(looked, is_seen.tolist(), strict=True):
                    if seen:
                        self.outcome.visible_waits.record(now_ns - watch[0])
                    else:
                        self._watched.append(watch)
            if is_last:
                return

    async def _until(self, due_ns: int) -> None:
        early_ns = due_ns - self._stopwatch_ns()
        await self._clock.sleep_ms(max(early_ns, 0) / 1e6)

    def _count(self, since_ns: int, reads: int, posts: int) -> None:
        second = since_ns // 1_000_000_000
        while len(self.outcome.seconds) <= second:
            self.outcome.seconds.append((0, 0))
        before = self.outcome.seconds[second]
        self.outcome.seconds[second] = before[0] + reads, before[1] + posts
