"""The client of a Valkey Cluster, in the words of the client of one server, so that a part need not know of slots.

It is redis-py's `RedisCluster` for single commands and for who has which slot; its pipelines are ours
(`cluster_pipelines.py`). A node that does not answer is asked about again soon, and what was meant for it fails
meanwhile. Source: Valkey documentation, "Valkey cluster specification", "Redirection and resharding".
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

from redis.asyncio import Connection, Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.crc import REDIS_CLUSTER_HASH_SLOTS
from redis.exceptions import ConnectionError, RedisClusterException

from twitterlab.storage.cluster_pipelines import GONE, Batch, Transaction, keys_of

CONNECTIONS = 4_000
ANSWERS_WITHIN_S, RELEARN_EVERY_S = 5.0, 0.1
_INSIDE: ContextVar[bool] = ContextVar("_INSIDE", default=False)


class ValkeyCluster(RedisCluster):
    """A `redis.asyncio` client without response decoding, for every node of a cluster that one node knows of."""

    def __init__(self, host: str, port: int, password: str) -> None:
        super().__init__(
            host=host, port=port, password=password, require_full_coverage=False, max_connections=CONNECTIONS,
            retry=Retry(NoBackoff(), 1), socket_timeout=ANSWERS_WITHIN_S, reinitialize_steps=0,
        )  # fmt: skip
        self.connection_kwargs["connection_class"] = _Connection
        for node in self.nodes_manager.startup_nodes.values():
            node.connection_class = _Connection
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
        if len(self.nodes_manager.slots_cache) < REDIS_CLUSTER_HASH_SLOTS:
            await self.relearn()
            raise ConnectionError("a slot is nobody's")
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


class _Connection(Connection):
    """A connection that somebody else may close between the beginning of a command and its first byte: redis-py closes
    all of a node's when one of them fails, and would write to what is no more. That is a lost connection too."""

    async def _send_packed_command(self, command: Iterable[bytes]) -> None:
        if self._writer is None:
            raise ConnectionError(f"connection to {self.host}:{self.port} was closed")
        await super()._send_packed_command(command)


class _Keys:
    """Which words of a command are keys, without asking a server."""

    async def initialize(self, node: Any = None) -> None:
        pass

    async def get_keys(self, *command: Any) -> list[Any]:
        return keys_of(command)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
