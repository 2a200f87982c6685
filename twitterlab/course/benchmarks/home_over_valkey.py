"""Benchmark of a home timeline read through a real Valkey, beside the bare redis-py calls that it makes.

The calls are recorded while the platform reads the ids of a page through its cache, and then made by redis-py alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any

from twitterlab.course.benchmarks.contest import Contest, Skip
from twitterlab.course.system import system_of
from twitterlab.course.workbook import Workbook
from twitterlab.platform.cursors import NEWEST
from twitterlab.platform.platform import Platform
from twitterlab.servers import valkey
from twitterlab.storage.engines import open_engine
from twitterlab.world.live import LiveWorld

FRIENDS, TWEETS, PAGE = 20, 10, 20
Trips = list[list[tuple[Any, ...]]]


@contextmanager
def prepare(book: Workbook, is_short: bool) -> Iterator[Contest]:
    if valkey.VALKEY.find() is None:
        raise Skip(f"{valkey.VALKEY.why_not()}. {valkey.VALKEY.next_step()}")
    reads = 100 if is_short else 1_000
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            platform, me = runner.run(_town(stack))
            trips = runner.run(_recorded(platform, me))

            async def ours() -> None:
                for _ in range(reads):
                    await platform.timelines.page(me, NEWEST, PAGE)

            async def bare() -> None:
                for _ in range(reads):
                    await _replayed(platform.stores.copies, trips)

            counts = {"round trips a page": len(trips), "commands a page": sum(map(len, trips))}
            yield Contest(lambda: runner.run(ours()), lambda: runner.run(bare()), reads, reads, counts)
        finally:
            runner.run(stack.aclose())


async def _town(stack: AsyncExitStack) -> tuple[Platform, int]:
    """A reader of friends who have posted, with the page in the cache."""
    blueprint = system_of(1, False)
    stores, redis = await stack.enter_async_context(open_engine("valkey", None, blueprint.schema()))
    platform = Platform(blueprint, LiveWorld(1), stores, redis, limits={})
    client = platform.client
    me = (await client.sign_up("reader", "Reader")).id
    for number in range(FRIENDS):
        friend = (await client.sign_up(f"friend{number}", "Friend")).id
        await client.follow(me, friend)
        for tweet in range(TWEETS):
            await client.post(friend, f"tweet {tweet}")
    await platform.drain()
    assert len((await client.home(me)).items) == PAGE
    return platform, me


async def _recorded(platform: Platform, me: int) -> Trips:
    """What one read asks Valkey: lists of commands, each list a round trip."""
    from redis.asyncio import Redis
    from redis.asyncio.client import Pipeline

    trips: Trips = []
    alone: Any = Redis.execute_command
    together: Any = Pipeline.execute

    async def one(self: Any, *command: Any, **options: Any) -> Any:
        if not isinstance(self, Pipeline):
            trips.append([command])
        return await alone(self, *command, **options)

    async def many(self: Any, *arguments: Any, **options: Any) -> Any:
        trips.append([_words(command) for command in self.command_stack])
        return await together(self, *arguments, **options)

    setattr(Redis, "execute_command", one)  # noqa: B010 - mypy would not have a method assigned
    setattr(Pipeline, "execute", many)  # noqa: B010
    try:
        assert len(await platform.timelines.page(me, NEWEST, PAGE)) == PAGE
    finally:
        setattr(Redis, "execute_command", alone)  # noqa: B010
        setattr(Pipeline, "execute", together)  # noqa: B010
    return trips


def _words(command: Any) -> tuple[Any, ...]:
    """Pipelines keep pairs of words and options, in newer releases objects."""
    return tuple(command.args if hasattr(command, "args") else command[0])


async def _replayed(client: Any, trips: Trips) -> None:
    for commands in trips:
        if len(commands) == 1:
            await client.execute_command(*commands[0])
            continue
        pipe = client.pipeline(transaction=False)
        for command in commands:
            pipe.execute_command(*command)
        await pipe.execute()
