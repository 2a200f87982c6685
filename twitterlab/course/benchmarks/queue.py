"""Benchmark of the queue part: events from the outbox to their recipients, and the bare commands of a stream."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from twitterlab.course.benchmarks.contest import Contest
from twitterlab.course.benchmarks.counted_redis import CountedRedis
from twitterlab.course.parts import assemble
from twitterlab.course.workbook import Workbook
from twitterlab.parts.queue import Event, QueuePolicy
from twitterlab.world.chance import SeededChance
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.live import LiveClock

EVENTS, AUTHORS, BATCH = 300, 30, 100


class Rows:
    """An outbox in a list."""

    def __init__(self) -> None:
        self.waiting: list[Event] = []

    async def pending(self, limit: int) -> Sequence[Event]:
        return self.waiting[:limit]

    async def done(self, event_ids: Sequence[int]) -> None:
        gone = set(event_ids)
        self.waiting = [event for event in self.waiting if event.id not in gone]


class Arrivals:
    """Counts what arrives."""

    def __init__(self) -> None:
        self.arrived: Counter[tuple[int, int]] = Counter()

    async def recipients(self, event: Event) -> Sequence[int]:
        return (event.author_id + 1, event.author_id + 2)

    async def missing(self, event: Event, user_ids: Sequence[int]) -> Sequence[int]:
        return [user_id for user_id in user_ids if not self.arrived[event.id, user_id]]

    async def deliver(self, event: Event, user_ids: Sequence[int]) -> None:
        self.arrived.update((event.id, user_id) for user_id in user_ids)


@contextmanager
def prepare(book: Workbook, is_short: bool) -> Iterator[Contest]:
    with asyncio.Runner() as runner:
        redis, bare = CountedRedis(fake_redis()), fake_redis()
        policy = QueuePolicy(batch=BATCH)
        queue = assemble(book, 1, False).parts["queue"](redis, LiveClock(), SeededChance(1), policy, "worker")
        rows, arrivals, posted = Rows(), Arrivals(), [0]

        async def through() -> None:
            rows.waiting = [Event(posted[0] + n, "posted", n % AUTHORS, n) for n in range(1, EVENTS + 1)]
            posted[0] += EVENTS
            finished = 0
            while finished < EVENTS:
                await queue.relay(rows)
                finished += await queue.work(arrivals)

        async def by_hand() -> None:
            for _ in range(EVENTS // BATCH):
                pipe = bare.pipeline(transaction=False)
                for number in range(BATCH):
                    pipe.xadd("bare", {"event": number})
                await pipe.execute()
                ((_, entries),) = await bare.xreadgroup("group", "worker", {"bare": ">"}, BATCH)
                await bare.xack("bare", "group", *(id_ for id_, _ in entries))
                await bare.xdel("bare", *(id_ for id_, _ in entries))

        runner.run(bare.xgroup_create("bare", "group", "0", mkstream=True))
        runner.run(through())
        counts = {
            "events lost": 2 * EVENTS - len(arrivals.arrived),
            "deliveries twice": sum(times - 1 for times in arrivals.arrived.values()),
            "commands an event": redis.commands / EVENTS,
        }
        yield Contest(lambda: runner.run(through()), lambda: runner.run(by_hand()), EVENTS, EVENTS, counts)
        for client in (redis.client, bare):
            runner.run(client.aclose())
