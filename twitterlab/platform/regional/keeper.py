"""What one shard keeps of a group of keys: a replica part in memory, and a log on disk from which it is built again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence

from twitterlab.errors import Refused
from twitterlab.parts.replica import Change, Delta, Replica
from twitterlab.world.node import Node


class Keeper:
    """One group on one machine. What others are given (`lacking`) is on this disk: a number that they have seen
    stands for the same change for ever, whatever a crash takes away."""

    def __init__(self, node: Node, group: str, make: Callable[[str], Replica]) -> None:
        self._node, self._file = node, f"log/{group}"
        self.group = group
        self.replica = make(f"{node.name}/{group}")
        self._turn = asyncio.Lock()
        self._logged: Delta = {}
        self._has_file = False
        self._written = self._safe = 0  # local writes: made, and on disk

    async def recover(self) -> tuple[str, ...]:
        """Read the log; the keys it holds. A torn line was never acknowledged. What a process had written and not
        synced before it died is read too, and must not be lost from now on."""
        try:
            content = await self._node.disk.read(self._file)
        except Refused:
            return ()
        found: set[str] = set()
        for line in bytes(content).split(b"\n"):
            try:
                found.update(self.replica.merge(json.loads(line), self._now_ms()))
            except ValueError:
                continue
        await self._node.disk.fsync(self._file)
        self._logged, self._has_file = self.replica.version(), True
        return tuple(sorted(found))

    async def write(self, changes: Sequence[Change]) -> Delta:
        """Make the changes here, and on disk; what others lack now. Refused by a full disk they are made all the
        same, and are on disk with the next."""
        before = self.replica.version()
        for change in changes:
            self.replica.write(change, self._now_ms())
        self._written += 1
        delta = self.replica.delta(before) or {}
        await self._make_safe()
        return delta

    async def lacking(self, version: Delta) -> Delta | None:
        """What one of `version` lacks; None: nothing. All of it is on this disk. Refused by a full one."""
        delta = self.replica.delta(version)
        if delta is not None and self._safe < self._written:
            await self._make_safe()
        return delta

    def merge(self, delta: Delta) -> tuple[str, ...]:
        """Take in what another has; the keys that changed."""
        try:
            return self.replica.merge(delta, self._now_ms())
        except ValueError as error:
            self._node.log(f"a delta was refused: {error}")
            return ()

    async def keep(self, is_synced: bool) -> None:
        """Write what is new to the log, and wait for the disk where it must be safe."""
        async with self._turn:
            version = self.replica.version()
            delta = self.replica.delta(self._logged)
            if delta is not None:
                await self._node.disk.append(self._file, b"\n" + json.dumps(delta).encode() + b"\n")
                self._logged, self._has_file = version, True
        if is_synced and self._has_file:
            await self._node.disk.fsync(self._file)

    async def _make_safe(self) -> None:
        number = self._written
        await self.keep(is_synced=True)
        self._safe = max(self._safe, number)

    def _now_ms(self) -> int:
        return self._node.clock.now_ms()
