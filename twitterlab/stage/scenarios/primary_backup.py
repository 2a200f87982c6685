"""A key-value store on two nodes: the primary answers, the backup remembers.

The primary keeps its data in memory alone, and begins by asking the backup for it; the backup keeps it on disk. A
write is acknowledged when the backup has it. Each start of the primary is a new epoch, which the backup counts: what
an earlier one had sent, and the network had kept back, is refused. The variant `early` acknowledges first and
replicates afterwards, which is faster, and loses what it has promised when the primary dies in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Sequence
from typing import Any

from twitterlab.errors import Failure, Refused, Uncertain
from twitterlab.model.fault import (
    Crash,
    Delay,
    Duplicating,
    Fault,
    FaultPlan,
    Lossy,
    Partition,
    Pause,
    Reordering,
    Slow,
)
from twitterlab.parts.given import Chance
from twitterlab.stage.promises import no_progress, not_linearizable
from twitterlab.stage.scenario import Call, Violation
from twitterlab.world.node import Node
from twitterlab.world.sim import SimWorld

TIMEOUT_MS, AGAIN_MS, TRIES = 300, 50, 4
FENCED = "fenced"
CLIENTS, CALLS, KEYS = 4, 12, ("a", "b")


class Backup:
    """Keeps everything, and the epoch, in one file."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._epoch, self._token = 0, 0
        self._data: dict[str, list[Any]] = {}
        self._turn = asyncio.Lock()
        node.spawn(self._recover())

    async def _recover(self) -> None:
        if "state" in self._node.disk.names():
            self._epoch, self._token, self._data = json.loads(await self._node.disk.read("state"))
        self._node.serve("begin", self._begin)
        self._node.serve("replicate", self._replicate)

    async def _begin(self, token: int) -> list[Any]:
        """A new epoch and all the data; the same question again, as a network may ask it, has the same answer."""
        if token != self._token:
            self._epoch, self._token = self._epoch + 1, token
            await self._keep()
        return [self._epoch, self._data]

    async def _replicate(self, write: list[Any]) -> bool:
        epoch, version, key, value = write
        if epoch != self._epoch:
            raise Refused("there has been a later epoch", FENCED)
        if self._data.get(key, [0, 0])[:2] < [epoch, version]:
            self._data[key] = [epoch, version, value]
        await self._keep()  # also what another request has put there and not yet made safe
        return True

    async def _keep(self) -> None:
        async with self._turn:
            await self._node.disk.replace("state", json.dumps([self._epoch, self._token, self._data]).encode())
            await self._node.disk.fsync("state")


class Primary:
    """Answers from memory, once it has asked the backup what there is."""

    def __init__(self, node: Node, is_early: bool) -> None:
        self._node, self._is_early = node, is_early
        self._epoch = self._version = 0
        self._data: dict[str, list[Any]] = {}
        node.spawn(self._begin())

    async def _begin(self) -> None:
        token = 1 + self._node.chance("token").below(2**52)
        while True:
            try:
                self._epoch, self._data = await self._node.call("backup", "begin", token, TIMEOUT_MS)
            except Failure:
                await self._node.clock.sleep_ms(AGAIN_MS)
            else:
                break
        self._version = 0
        self._node.serve("get", self._get)
        self._node.serve("put", self._put)

    def _get(self, key: str) -> Any:
        return self._data.get(key, [0, 0, None])[2]

    async def _put(self, pair: list[Any]) -> bool:
        key, value = pair
        self._version += 1
        write = [self._epoch, self._version, key, value]
        if self._is_early:
            self._apply(write)
            self._node.spawn(self._replicate_somehow(write))
            return True
        await self._replicate(write)
        self._apply(write)
        return True

    async def _replicate(self, write: list[Any]) -> None:
        """Until the backup has it. Where one try may have arrived, a refusal of the next proves nothing."""
        may_have_arrived = False
        for _ in range(TRIES):
            try:
                await self._node.call("backup", "replicate", write, TIMEOUT_MS)
                return
            except Uncertain:
                may_have_arrived = True
            except Refused as refused:
                if refused.kind == FENCED:
                    self._node.spawn(self._begin())
                    break
                await self._node.clock.sleep_ms(AGAIN_MS)
        raise Uncertain("the backup does not answer") if may_have_arrived else Refused("the backup has refused it")

    async def _replicate_somehow(self, write: list[Any]) -> None:
        with contextlib.suppress(Failure):
            await self._replicate(write)

    def _apply(self, write: list[Any]) -> None:
        epoch, version, key, value = write
        if self._data.get(key, [0, 0])[:2] < [epoch, version]:
            self._data[key] = [epoch, version, value]


class PrimaryBackup:
    """See the module. Four clients read and write two keys."""

    nodes = ("primary", "backup")
    kinds: Sequence[type[Fault]] = (Crash, Pause, Slow, Partition, Lossy, Duplicating, Reordering, Delay)
    most_down = None
    until_ms = 15_000.0
    model = "kv"

    def __init__(self, is_early: bool) -> None:
        self._is_early = is_early
        self.name = "primary-backup-early-ack" if is_early else "primary-backup"
        self.about = "acknowledges before it replicates" if is_early else "acknowledges what the backup has"

    def calls(self, chance: Chance) -> Sequence[Call]:
        busy_ms = self.until_ms * 2 / 3
        drawn = [
            self._call(chance, process, chance.random() * busy_ms, number)
            for process in range(CLIENTS)
            for number in range(CALLS)
        ]
        last = [Call(self.until_ms - 1_500 + process, process, "get", KEYS[process % 2]) for process in range(CLIENTS)]
        return [*drawn, *last]

    def _call(self, chance: Chance, process: int, at_ms: float, number: int) -> Call:
        key = KEYS[chance.below(len(KEYS))]
        if chance.below(2):
            return Call(at_ms, process, "get", key)
        return Call(at_ms, process, "put", key, process * CALLS + number)

    def build(self, world: SimWorld) -> None:
        world.nodes.add("backup", Backup, region="frankfurt", zone="b")
        world.nodes.add("primary", lambda node: Primary(node, self._is_early), region="frankfurt", zone="a")

    async def perform(self, client: Node, call: Call) -> Any:
        if call.f == "get":
            return await client.call("primary", "get", call.key, TIMEOUT_MS)
        await client.call("primary", "put", [call.key, call.value], TRIES * TIMEOUT_MS)
        return call.value

    def check(self, history: Sequence[str], plan: FaultPlan) -> Sequence[Violation]:
        return [*not_linearizable(history, self.model), *no_progress(history, plan)]


SCENARIO = PrimaryBackup(is_early=False)
EARLY = PrimaryBackup(is_early=True)
