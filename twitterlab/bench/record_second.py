"""The driver of the record second: reads at their rate throughout, tweets at a burst's, and the backlog they leave.

Open loop: every batch of tweets starts when it is due, whether or not those before it are done, and its wait counts
from there. The load ends when everything the burst posted has reached its followers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from twitterlab.bench.histogram import Histogram
from twitterlab.bench.whole_twitter import PAGE, Service
from twitterlab.parts.given import Clock

SAMPLE_MS = 50
READS_AT_ONCE = 64
Indexes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is on its way: acknowledged tweets not fanned out, and deliveries put aside for huge accounts."""

    tweets: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Tweets that people want to post at one moment of the load."""

    due_ns: int
    authors: Sequence[int]
    texts: Sequence[str]
    is_burst: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment: seconds since the start, tweets due and not acknowledged, and the backlog behind them."""

    at_s: float
    unanswered: int
    backlog: Backlog


@dataclass(slots=True)
class Burst:
    """What was measured. Times in seconds from the start of the load; `ids` of all tweets acknowledged."""

    ids: list[int] = field(default_factory=list)
    offered: int = 0
    burst_offered: int = 0
    burst_began_s: float = 0.0
    burst_ended_s: float = 0.0
    burst_acknowledged_s: float = 0.0
    drained_s: float = float("nan")
    reads: int = 0
    checksum: int = 0
    took_s: float = 0.0
    read_waits: Histogram = field(default_factory=Histogram)
    post_waits: Histogram = field(default_factory=Histogram)
    samples: list[Sample] = field(default_factory=list)


class RecordSecondDrive:
    """`backlog()` tells what is on its way, `is_reached(tweet_id)` whether all up to a tweet have arrived."""

    def __init__(
        self,
        service: Service,
        clock: Clock,
        stopwatch_ns: Callable[[], int],
        backlog: Callable[[], Backlog],
        is_reached: Callable[[int], bool],
    ) -> None:
        self._service, self._clock, self._stopwatch_ns = service, clock, stopwatch_ns
        self._backlog, self._is_reached = backlog, is_reached
        self._started_ns = 0
        self._is_over = False
        self._due = 0
        self._last_id = 0
        self.burst = Burst()

    async def run(
        self,
        batches: Sequence[Batch],
        readers: Sequence[Indexes],
        read_tick_ns: int,
        eyes: Executor | None,
        patience_s: float,
    ) -> Burst:
        """Until the burst is drained, or for `patience_s` after it ended. The lines of `readers` come again and again;
        pages are read on the threads of `eyes`, or on the loop."""
        burst = [batch for batch in batches if batch.is_burst]
        self.burst.burst_offered = sum(len(batch.authors) for batch in burst)
        self.burst.burst_began_s = burst[0].due_ns / 1e9
        self.burst.burst_ended_s = (2 * burst[-1].due_ns - burst[-2].due_ns) / 1e9
        self._started_ns = self._stopwatch_ns()
        reading = asyncio.ensure_future(self._read(readers, read_tick_ns, eyes))
        watching = asyncio.ensure_future(self._watch(patience_s))
        await self._write(batches)
        await watching
        self._is_over = True
        await reading
        self.burst.took_s = self._now_ns() / 1e9
        return self.burst

    async def _write(self, batches: Sequence[Batch]) -> None:
        """Start every batch that is due; end when the load is over and all that was begun is answered."""
        posting: set[asyncio.Future[None]] = set()
        upcoming: Iterator[Batch] = iter(batches)
        batch = next(upcoming, None)
        while batch is not None and not self._is_over:
            now_ns = self._now_ns()
            while batch is not None and batch.due_ns <= now_ns:
                self._due += len(batch.authors)
                posting.add(asyncio.ensure_future(self._post(batch)))
                batch = next(upcoming, None)
            posting = _under_way(posting)
            if batch is not None:
                await self._clock.sleep_ms(max(batch.due_ns - self._now_ns(), 0) / 1e6)
        await asyncio.gather(*posting)
        self.burst.offered = self._due

    async def _post(self, batch: Batch) -> None:
        ids = await self._service.post_many(batch.authors, batch.texts)
        now_ns = self._now_ns()
        self.burst.post_waits.record_many(now_ns - batch.due_ns, len(ids))
        self.burst.ids += ids
        if batch.is_burst:
            self._last_id = max(self._last_id, *ids)
            self.burst.burst_acknowledged_s = now_ns / 1e9

    async def _read(self, readers: Sequence[Indexes], tick_ns: int, eyes: Executor | None) -> None:
        """Start every tick's readers when they come; so many ticks are under way at once that no reader waits for a
        turn of the loop, and no more."""
        asking: set[asyncio.Future[None]] = set()
        tick = 0
        while not self._is_over:
            asking = _under_way(asking)
            while tick * tick_ns <= self._now_ns() and len(asking) < READS_AT_ONCE:
                asking.add(asyncio.ensure_future(self._look(readers[tick % len(readers)], tick * tick_ns, eyes)))
                tick += 1
            await self._clock.sleep_ms(min(max(tick * tick_ns - self._now_ns(), 0) / 1e6, SAMPLE_MS))
        await asyncio.gather(*asking)

    async def _look(self, readers: Indexes, due_ns: int, eyes: Executor | None) -> None:
        pages = await self._service.home_pages(readers, PAGE)
        if eyes is None:
            self.burst.checksum ^= _read_all(pages.tweets)
        else:
            self.burst.checksum ^= await asyncio.get_running_loop().run_in_executor(eyes, _read_all, pages.tweets)
        self.burst.read_waits.record_many(self._now_ns() - due_ns, len(readers))
        self.burst.reads += len(readers)

    async def _watch(self, patience_s: float) -> None:
        """Note the backlog, until the burst has arrived everywhere."""
        while True:
            await self._clock.sleep_ms(SAMPLE_MS)
            at_s = self._now_ns() / 1e9
            burst = self.burst
            burst.samples.append(Sample(at_s, self._due - len(burst.ids), self._backlog()))
            is_posted = at_s >= burst.burst_ended_s and self._due == len(burst.ids)
            if is_posted and self._is_reached(self._last_id):
                burst.drained_s = at_s
            if burst.drained_s == burst.drained_s or at_s > burst.burst_ended_s + patience_s:
                self._is_over = True
                return

    def _now_ns(self) -> int:
        return self._stopwatch_ns() - self._started_ns


def _under_way(tasks: set[asyncio.Future[None]]) -> set[asyncio.Future[None]]:
    """Those that are not done; who failed ends the load."""
    for task in tasks:
        if task.done():
            task.result()
    return {task for task in tasks if not task.done()}


def _read_all(tweets: npt.NDArray[Any]) -> int:
    """Every byte of every page."""
    return int(np.bitwise_xor.reduce(tweets.view(np.uint64), axis=None))
