"""What one shard keeps of a group of keys: a replica part in memory, and a log on disk from which it is built again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from twitterlab.errors import Refused
from twitterlab.parts.replica import Change, Delta, Replica
from twitterlab.world.node import Node


class Keeper:
    """One group on one machine. A local write is durable when `keep` has returned; what came from others may be
    fetched from them again."""

    def __init__(self, node: Node, group: str, make: Callable[[str], Replica]) -> None:
        self._node, self._file = node, f"log/{group}"
        self.group = group
        self.replica = make(f"{node.name}/{group}")

    async def recover(self) -> tuple[str, ...]:
        """Read the log; the keys it holds. A torn line at its end was never acknowledged."""
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
        return tuple(sorted(found))

    def write(self, changes: Sequence[Change]) -> Delta:
        """Make the changes here, and give what others lack now."""
        before = self.replica.version()
        for change in changes:
            self.replica.write(change, self._now_ms())
        return self.replica.delta(before) or {}

    def merge(self, delta: Delta) -> tuple[str, ...]:
        """Take in what another has; the keys that changed."""
        try:
            return self.replica.merge(delta, self._now_ms())
        except ValueError as error:
            self._node.log(f"a delta was refused: {error}")
            return ()

    async def keep(self, delta: Delta, is_synced: bool) -> None:
        """Write it to the log, and wait for the disk where it must be safe."""
        if not delta:
            return
        await self._node.disk.append(self._file, b"\n" + json.dumps(delta).encode() + b"\n")
        if is_synced:
            await self._node.disk.fsync(self._file)

    def _now_ms(self) -> int:
        return self._node.clock.now_ms()
