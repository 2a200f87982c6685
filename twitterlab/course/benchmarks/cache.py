"""Benchmark of the cache part: a hit, and the command that fetches it by hand. Both on fakeredis, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from twitterlab.course.benchmarks.contest import Contest
from twitterlab.course.benchmarks.counted_redis import CountedRedis
from twitterlab.course.parts import assemble
from twitterlab.course.workbook import Workbook
from twitterlab.parts.cache import Entry, Kind
from twitterlab.world.chance import SeededChance
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.live import LiveClock

HITS, READERS = 200, 50
MEMBERS = tuple(str(number).encode() for number in range(20))


@contextmanager
def prepare(book: Workbook, is_short: bool) -> Iterator[Contest]:
    with asyncio.Runner() as runner:
        redis = CountedRedis(fake_redis())
        cache = assemble(book, 1, False).parts["cache"](redis, LiveClock(), SeededChance(1))
        loads: list[int] = []

        async def load() -> Sequence[bytes]:
            loads.append(1)
            await asyncio.sleep(0)
            return MEMBERS

        async def hits() -> None:
            for _ in range(HITS):
                await cache.get(Entry(Kind.HOME, 1), load)

        async def by_hand() -> None:
            for _ in range(HITS):
                await redis.client.lrange(key, 0, -1)

        async def stampede() -> Any:
            await asyncio.gather(*(cache.get(Entry(Kind.HOME, 1), load) for _ in range(READERS)))
            names = await redis.client.keys("*")
            kinds = [await redis.client.type(name) for name in names]
            return names[kinds.index(b"list")]

        key = runner.run(stampede())
        before = redis.commands
        runner.run(hits())
        counts = {"commands a hit": (redis.commands - before) / HITS, "loads of a stampede": len(loads)}
        yield Contest(lambda: runner.run(hits()), lambda: runner.run(by_hand()), HITS, HITS, counts)
        runner.run(redis.client.aclose())
