"""A key-value store on two nodes: the primary answers, the backup remembers.

The primary keeps its data in memory alone, and begins by asking the backup for it; the backup keeps it on disk. A
write is acknowledged when the backup has it. Each start of the primary is a new epoch, which the backup counts: what
an earlier one had sent, and the network had kept back, is refused. The variant `early` acknowledges first and
replicates afterwards, which is faster, and loses what it has promised when the primary dies in between.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from twitterlab.bench.history import parse_history
from twitterlab.bench.linearizability import check
from twitterlab.bench.models import model_named
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
from twitterlab.stage.scenario import Call, Violation
from twitterlab.world.node import Node
from twitterlab.world.sim import SimWorld

TIMEOUT_MS = 300
CLIENTS, CALLS, KEYS = 4, 12, ("a", "b")


class Backup:
    """Keeps everything, and the epoch, in one file."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._epoch, self._data = 0, {}  # type: tuple[int, dict[str, list[Any]]]
        node.spawn(self._recover())

    async def _recover(self) -> None:
        if "state" in self._node.disk.names():
            self._epoch, self._data = json.loads(await self._node.disk.read("state"))
        self._node.serve("begin", self._begin)
        self._node.serve("replicate", self._replicate)

    async def _begin(self, last_seen: int) -> list[Any]:
        """A new epoch, and all the data. The same question again, as a network may ask it, is answered alike."""
        if last_seen < self._epoch:
            raise Refused("there has been a later epoch")
        self._epoch = last_seen + 1
        await self._keep()
        return [self._epoch, self._data]

    async def _replicate(self, write: list[Any]) -> bool:
        epoch, version, key, value = write
        if epoch != self._epoch:
            raise Refused("there has been a later epoch")
        if self._data.get(key, [0, 0, None])[:2] < [epoch, version]:
            self._data[key] = [epoch, version, value]
            await self._keep()
        return True

    async def _keep(self) -> None:
        await self._node.disk.replace("state", json.dumps([self._epoch, self._data]).encode())
        await self._node.disk.fsync("state")
