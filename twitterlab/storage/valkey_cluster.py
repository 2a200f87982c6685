"""The client of a Valkey Cluster, in the words of the client of one server, so that a part need not know of slots.

It is redis-py's `RedisCluster` for single commands and for who has which slot. Its pipelines are ours: a transaction
stays on the connection of the node that has its slot (all its keys share a hash tag), a batch goes to each node at
once, and answers come in the order of the commands. A node that does not answer is asked about again soon, and what
was meant for it fails meanwhile. Source: Valkey documentation, "Valkey cluster specification", "Redirection and
resharding".
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.exceptions import (
    AskError,
    ConnectionError,
    MovedError,
    RedisClusterException,
    ResponseError,
    TimeoutError,
    TryAgainError,
    WatchError,
)

CONNECTIONS = 4_000
ANSWERS_WITHIN_S, RELEARN_EVERY_S = 5.0, 0.1
REDIRECTIONS = 8
_INSIDE: ContextVar[bool] = ContextVar("_INSIDE", default=False)
AGAIN_AFTER_S = 0.02
ELSEWHERE = (MovedError, AskError, TryAgainError)
"""The slot is at another node, or on its way to one: nothing was done."""
GONE = (ConnectionError, TimeoutError, OSError)
MANY_KEYS = {"DEL", "UNLINK", "EXISTS", "TOUCH"}
"""Commands of keys that are summed up over nodes."""


def keys_of(command: Sequence[Any]) -> list[Any]:
    """The keys of a command as redis-py sends it. Known are those with one key in the first place, and those below."""
    name = str(command[0]).upper()
    if name in {"EVAL", "EVALSHA", "FCALL"}:
        return list(command[3 : 3 + int(command[2])])
    if name in {"XREAD", "XREADGROUP"}:
        words = [word.upper() if isinstance(word, bytes) else str(word).upper().encode() for word in command]
        streams = command[words.index(b"STREAMS") + 1 :]
        return list(streams[: len(streams) // 2])
    return list(command[1:]) if name in MANY_KEYS | {"WATCH", "MGET"} else list(command[1:2])


def slot_of(key: Any) -> int:
    """Where a key is: by its hash tag, where it has one."""
    return int(key_slot(key if isinstance(key, bytes) else str(key).encode()))


class ValkeyCluster(RedisCluster):
    """A `redis.asyncio` client without response decoding, for every node of a cluster that one node knows of."""

    def __init__(self, host: str, port: int, password: str) -> None:
        super().__init__(
            host=host, port=port, password=password, require_full_coverage=False, max_connections=CONNECTIONS,
            retry=Retry(NoBackoff(), 1), socket_timeout=ANSWERS_WITHIN_S, reinitialize_steps=0,
        )  # fmt: skip
        self.commands_parser = _Keys()  # type: ignore[assignment] # it would ask a server
        self._secret = password
        self._plain: dict[str, Redis] = {}
        self._learnt_s = float("-inf")

    async def initialize(self, *what: Any, **more: Any) -> ValkeyCluster:
        """Learn who has which slot; not sooner than a moment after the last time."""
        if self._initialize and self.nodes_manager.slots_cache and _now_s() < self._learnt_s + RELEARN_EVERY_S:
            self._initialize = False
        if self._initialize:
            self._learnt_s = _now_s()
            await super().initialize(*what, **more)
        return self

    async def relearn(self) -> None:
        """Who has which slot may have changed."""
        self._initialize = True
        try:
            await self.initialize()
        except RedisClusterException as error:
            raise ConnectionError(str(error)) from error

    async def execute_command(self, *command: Any, **options: Any) -> Any:
        inside = _INSIDE.set(True)
        try:
            return await super().execute_command(*command, **options)
        except RedisClusterException as error:  # which is no RedisError
            raise ConnectionError(str(error)) from error
        finally:
            _INSIDE.reset(inside)

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Pipeline:  # type: ignore[override]
        return Transaction(self) if transaction else Batch(self)

    async def ping(self, **options: Any) -> bool:
        """Whether every slot can be written: one that nobody has raises, as a node does that is away."""
        primaries = await self.primaries()
        try:
            await asyncio.gather(*(node.ping() for node in primaries))
        except GONE:
            await self.relearn()
            raise
        return True

    async def primaries(self) -> list[Redis]:
        """A client of every node that has slots."""
        if self._initialize:
            await self.relearn()
        return [self.plain(node.name) for node in self.nodes_manager.get_nodes_by_server_type("primary")]

    async def node_of(self, slot: int) -> Redis:
        """A client of the node that has `slot`. ConnectionError while none has it."""
        if self._initialize:
            await self.relearn()
        found = self.nodes_manager.slots_cache.get(slot)
        if not found:
            await self.relearn()
            raise ConnectionError(f"no node has slot {slot}")
        return self.plain(found[0].name)

    def plain(self, name: str) -> Redis:
        """A client of one node, `host:port`."""
        if name not in self._plain:
            host, _, port = name.rpartition(":")
            self._plain[name] = Redis(
                host=host, port=int(port), password=self._secret, retry=Retry(NoBackoff(), 1),
                socket_timeout=ANSWERS_WITHIN_S,
            )  # fmt: skip
        return self._plain[name]

    async def aclose(self) -> None:
        """Close every connection. redis-py calls this also to forget who has which slot, in the middle of a command:
        then those of others stay, or what they have under way would be sent twice."""
        if _INSIDE.get():
            self._initialize = True
            return
        clients, self._plain = list(self._plain.values()), {}
        await super().aclose()
        for client in clients:
            await client.aclose()

    async def _split_command_across_slots(self, command: str, *keys: Any) -> Any:  # type: ignore[override] # theirs is awaited too
        pipe = self.pipeline(transaction=False)
        pipe.execute_command(command, *keys)
        return (await pipe.execute())[0]


class Transaction(Pipeline):
    """A pipeline of which all or nothing happens, on the node that has the slot of its keys."""

    def __init__(self, cluster: ValkeyCluster) -> None:
        super().__init__(None, cluster.response_callbacks, True, None)  # type: ignore[arg-type]
        self._cluster = cluster

    async def immediate_execute_command(self, *command: Any, **options: Any) -> Any:
        """A command before `multi`. WatchError where the slot has moved."""
        try:
            await self._choose(command)
            return await super().immediate_execute_command(*command, **options)  # type: ignore[no-untyped-call] # theirs
        except ELSEWHERE as error:
            await self._cluster.relearn()
            raise WatchError(f"the slot moves: {error}") from error
        except GONE:
            await self._cluster.relearn()
            raise

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        stack, is_watching = list(self.command_stack), self.watching or self.explicit_transaction
        for left in reversed(range(REDIRECTIONS)):
            try:
                if stack:
                    await self._choose(stack[0][0])
                return list(await super().execute(raise_on_error))
            except ELSEWHERE as error:
                await self._cluster.relearn()
                if is_watching:
                    raise WatchError(f"the slot moves: {error}") from error
                if not left:
                    raise
                await asyncio.sleep(AGAIN_AFTER_S)
                self.command_stack = list(stack)
            except GONE:
                await self._cluster.relearn()
                raise
        raise AssertionError("the last attempt returned or raised")

    async def _choose(self, command: Sequence[Any]) -> None:
        if self.connection is None:
            node = await self._cluster.node_of(slot_of(keys_of(command)[0]))
            self.connection_pool = node.connection_pool


class Batch(Pipeline):
    """A pipeline of commands that go to their nodes at once, of which some may happen and others not."""

    def __init__(self, cluster: ValkeyCluster) -> None:
        super().__init__(None, cluster.response_callbacks, False, None)  # type: ignore[arg-type]
        self._cluster = cluster

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        commands, self.command_stack = list(self.command_stack), []
        parts = [
            (number, part, options) for number, (command, options) in enumerate(commands) for part in _split(command)
        ]
        answers = await self._ask([(part, options) for _, part, options in parts])
        summed: list[Any] = [None] * len(commands)
        for (number, _, _), answer in zip(parts, answers, strict=True):
            if raise_on_error and isinstance(answer, ResponseError):
                self.annotate_exception(answer, number + 1, commands[number][0])
                raise answer
            known = summed[number]
            summed[number] = answer if known is None or isinstance(answer, Exception) else known + answer
        return summed

    async def _ask(self, commands: list[tuple[Sequence[Any], Any]]) -> list[Any]:
        """Each node its own, side by side; what has moved is asked for again, in order."""
        places: dict[int, list[int]] = {}
        nodes: dict[int, Redis] = {}
        for place, (command, _) in enumerate(commands):
            node = await self._cluster.node_of(slot_of(keys_of(command)[0]))
            nodes[id(node)] = node
            places.setdefault(id(node), []).append(place)
        answers: list[Any] = [None] * len(commands)

        async def send(node: Redis, mine: list[int]) -> None:
            pipe = node.pipeline(transaction=False)
            pipe.command_stack = [commands[place] for place in mine]  # type: ignore[misc] # any sequence
            for place, answer in zip(mine, await pipe.execute(raise_on_error=False), strict=True):
                answers[place] = answer

        sent = await asyncio.gather(
            *(send(nodes[which], mine) for which, mine in places.items()), return_exceptions=True
        )
        failed = next((one for one in sent if isinstance(one, BaseException)), None)
        if failed is not None:
            await self._cluster.relearn()
            raise failed
        await self._redirected(commands, answers)
        return answers

    async def _redirected(self, commands: list[tuple[Sequence[Any], Any]], answers: list[Any]) -> None:
        moved = [place for place, answer in enumerate(answers) if isinstance(answer, ELSEWHERE)]
        if moved:
            await self._cluster.relearn()
        for place in moved:
            command, options = commands[place]
            try:
                answers[place] = await self._cluster.execute_command(*command, **options)
            except ResponseError as error:
                answers[place] = error


class _Keys:
    """Which words of a command are keys, without asking a server."""

    async def initialize(self, node: Any = None) -> None:
        pass

    async def get_keys(self, *command: Any) -> list[Any]:
        return keys_of(command)


def _split(command: Sequence[Any]) -> list[Sequence[Any]]:
    """The parts of a command of many keys, one for each slot."""
    if str(command[0]).upper() not in MANY_KEYS:
        return [command]
    slots: dict[int, list[Any]] = {}
    for key in command[1:]:
        slots.setdefault(slot_of(key), []).append(key)
    return [(command[0], *keys) for keys in slots.values()]


def _now_s() -> float:
    return asyncio.get_running_loop().time()
