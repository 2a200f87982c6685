"""What the operations of a system cost: watched at the same places, measured on a machine or charged in a simulation.

An operation is a call of a client, a round of the worker, a call of a storage port, a Redis command. Its name carries
its size, as a power of two: `sqlite.tweets.many.32` reads 17 to 32 tweets.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sized
from dataclasses import replace
from functools import partial
from inspect import iscoroutinefunction
from typing import Any, Literal, Protocol

from twitterlab.bench.workload import Operation
from twitterlab.platform.platform import Platform
from twitterlab.stage.live import LiveRun
from twitterlab.storage.stores import Stores

Kind = Literal["inline", "yielding", "flushed", "derived"]
"""`inline` never lets others run; `yielding` does; `flushed` waits for the disk; `derived` for a commit that is not
flushed (`Database.write`)."""
FLUSHED: Mapping[str, frozenset[str]] = {
    "users": frozenset({"add", "update"}),
    "tweets": frozenset({"add", "delete", "like", "unlike"}),
    "follows": frozenset({"follow", "unfollow"}),
    "relations": frozenset({"block", "unblock", "mute", "unmute"}),
    "notifications": frozenset({"read"}),
    "search": frozenset(),
    "outbox": frozenset(),
}
"""Ports over SQLite that Week 1 uses, and their calls that wait for the disk."""
DERIVED: Mapping[str, frozenset[str]] = {
    "notifications": frozenset({"add"}), "search": frozenset({"index", "remove"}), "outbox": frozenset({"delivered"}),
}  # fmt: skip
NONE: frozenset[str] = frozenset()
TURN = "loop.turn"
"""What the open loop itself works for an operation."""
Call = Callable[[], Awaitable[Any]]


class Costs(Protocol):
    """Who is told of every operation."""

    async def spend(self, operation: str, kind: Kind, call: Call, is_sized_by_answer: bool = False) -> Any:
        """Do `call` and give its answer; `operation` may want the answer's size added to its name."""
        ...


def sized(operation: str, *values: Any) -> str:
    """The name with the size of the first value that has one: the power of two at or above it."""
    for value in values:
        if isinstance(value, Sized) and not isinstance(value, str | bytes):
            return f"{operation}.{power(len(value))}"
    return operation


def power(size: int) -> int:
    """The least power of two that is no less; 0 for 0."""
    return 1 << (size - 1).bit_length() if size > 0 else 0


class Watched:
    """Something whose calls are operations: `name.CALL`."""

    def __init__(self, target: Any, name: str, costs: Costs, kind_of: Callable[[str], Kind]) -> None:
        self._target, self._name, self._costs, self._kind_of = target, name, costs, kind_of

    def __getattr__(self, call: str) -> Any:
        found = getattr(self._target, call)
        if not iscoroutinefunction(found):
            return found
        operation, kind = f"{self._name}.{call}", self._kind_of(call)

        async def watched(*args: Any, **kwargs: Any) -> Any:
            return await self._costs.spend(sized(operation, *args), kind, lambda: found(*args, **kwargs))

        setattr(self, call, watched)
        return watched


def _kind_of(port: str) -> Callable[[str], Kind]:
    def kind_of(call: str) -> Kind:
        if call in FLUSHED[port]:
            return "flushed"
        return "derived" if call in DERIVED.get(port, NONE) else "inline"

    return kind_of


def watch_stores(stores: Stores, costs: Costs) -> Stores:
    """The same rows, watched. What is in memory belongs to whoever asks."""
    ports: dict[str, Any] = {
        name: Watched(getattr(stores, name), f"sqlite.{name}", costs, _kind_of(name)) for name in FLUSHED
    }
    return replace(stores, **ports)


def watch_redis(redis: Any, costs: Costs) -> Any:
    """A `redis.asyncio` client in this process: every command and every pipeline is an operation."""
    command, pipeline = redis.execute_command, redis.pipeline

    async def execute_command(*args: Any, **options: Any) -> Any:
        return await costs.spend("redis.command", "yielding", lambda: command(*args, **options))

    def watched_pipeline(*args: Any, **options: Any) -> Any:
        pipe = pipeline(*args, **options)
        execute, immediately = pipe.execute, pipe.immediate_execute_command

        async def execute_all(*args: Any, **options: Any) -> Any:
            operation = sized("redis.pipeline", pipe.command_stack)
            return await costs.spend(operation, "yielding", lambda: execute(*args, **options))

        async def execute_now(*args: Any, **options: Any) -> Any:
            return await costs.spend("redis.command", "yielding", lambda: immediately(*args, **options))

        pipe.execute, pipe.immediate_execute_command = execute_all, execute_now
        return pipe

    redis.execute_command, redis.pipeline = execute_command, watched_pipeline
    return redis


class WatchedPlatform(Platform):
    """A platform whose calls and rounds of work are operations too. Their cost is what is left when their own
    operations are taken off."""

    def __init__(self, *args: Any, costs: Costs, **options: Any) -> None:
        super().__init__(*args, **options)
        self._costs = costs
        self.client: Any = Watched(self.client, "platform", costs, lambda call: "inline")

    async def step(self) -> int:
        moved: int = await self._costs.spend("platform.step", "inline", super().step, is_sized_by_answer=True)
        return moved


class WatchedRun(LiveRun):
    """A live run whose people's acts are operations too: what the bench does for them."""

    def __init__(self, costs: Costs, **run: Any) -> None:
        super().__init__(**run, platform=partial(WatchedPlatform, costs=costs))
        self._costs = costs

    async def _perform(self, operation: Operation) -> bool:
        await self._costs.spend(TURN, "inline", _nothing)
        perform = super()._perform
        done: bool = await self._costs.spend(f"people.{operation.action.value}", "inline", lambda: perform(operation))
        return done


async def _nothing() -> None:
    return None
