"""Pipelines on a cluster: a transaction stays on the node that has the slot of its keys, a batch goes to each node at once.

All keys of a transaction share a hash tag. Where a slot moves, nothing of a transaction was done and it is sent to the
other node; of a batch only what has moved is sent again. Source: Valkey documentation, "Valkey cluster
specification", "MOVED redirection", "ASK redirection".
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.crc import key_slot
from redis.exceptions import (
    AskError,
    ConnectionError,
    MovedError,
    ResponseError,
    TimeoutError,
    TryAgainError,
    WatchError,
)

REDIRECTIONS = 8
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


class Nodes(Protocol):
    """Who has which slot, as `ValkeyCluster` knows it."""

    response_callbacks: Any

    async def node_of(self, slot: int) -> Redis: ...

    def plain(self, name: str) -> Redis: ...

    async def relearn(self) -> None: ...

    async def execute_command(self, *command: Any, **options: Any) -> Any: ...


class Transaction(Pipeline):
    """A pipeline of which all or nothing happens, on the node that has the slot of its keys."""

    def __init__(self, cluster: Nodes) -> None:
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
        asked: AskError | None = None
        for left in reversed(range(REDIRECTIONS)):
            try:
                if asked is not None:
                    await self._ask(asked)
                elif stack:
                    await self._choose(stack[0][0])
                return list(await super().execute(raise_on_error))
            except ELSEWHERE as error:
                asked = error if isinstance(error, AskError) else None
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

    async def _ask(self, where: AskError) -> None:
        """Go on at the node that is taking the slot over. It takes one command of strangers, or one transaction."""
        self.connection_pool = self._cluster.plain(f"{where.host}:{where.port}").connection_pool
        self.connection = await self.connection_pool.get_connection()  # type: ignore[no-untyped-call] # theirs
        await self.connection.send_command("ASKING")
        await self.connection.read_response()

    async def _choose(self, command: Sequence[Any]) -> None:
        if self.connection is None:
            node = await self._cluster.node_of(slot_of(keys_of(command)[0]))
            self.connection_pool = node.connection_pool


class Batch(Pipeline):
    """A pipeline of commands that go to their nodes at once, of which some may happen and others not."""

    def __init__(self, cluster: Nodes) -> None:
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


def _split(command: Sequence[Any]) -> list[Sequence[Any]]:
    """The parts of a command of many keys, one for each slot."""
    if str(command[0]).upper() not in MANY_KEYS:
        return [command]
    slots: dict[int, list[Any]] = {}
    for key in command[1:]:
        slots.setdefault(slot_of(key), []).append(key)
    return [(command[0], *keys) for keys in slots.values()]
