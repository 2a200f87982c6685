"""Noticing that a replica has taken a primary's place, and making good what it never heard of.

A replica that is promoted goes on with a history of its own, under a new replication id (Valkey documentation,
"Replication"). What the old primary acknowledged last may be missing there, also what it was told to forget: every
copy is thrown away, to be worked out again from the rows: there first, then everywhere. The event log stays; who
asks relays again what was on its way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

KEPT = (b"{events}", b"posted:")
"""What keys of the event log begin with: the stream and what stands beside it, idempotency keys."""
CHUNK = 500


class Failovers:
    """Of the servers that `primaries` names; `relearn` asks anew who they are."""

    def __init__(
        self, primaries: Callable[[], Awaitable[Sequence[Any]]], relearn: Callable[[], Awaitable[None]]
    ) -> None:
        self._primaries, self._relearn = primaries, relearn
        self._known: set[str] = set()

    async def learn(self) -> None:
        """Those that are primaries now are the ones that have everything."""
        self._known = {await _history(node) for node in await self._primaries()}

    async def happened(self) -> bool:
        """Whether there has been one since the last time; then all copies are gone. Raises as
        Redis does while one cannot be reached, and may be asked again."""
        if not await self._strangers():
            return False
        await self._relearn()  # from here on nobody in this process writes to who was primary
        found = await self._strangers()
        for node, _ in found:
            await _empty(node)
        for node in await self._primaries():  # a page that was read from a stranger may be in the cache of another
            await _empty(node)
        self._known.update(history for _, history in found)
        return bool(found)

    async def _strangers(self) -> list[tuple[Any, str]]:
        histories = [(node, await _history(node)) for node in await self._primaries()]
        return [(node, history) for node, history in histories if history not in self._known]


async def _history(node: Any) -> str:
    found: dict[str, Any] = await node.info("replication")
    return str(found["master_replid"])


async def _empty(node: Any) -> None:
    """Remove every copy from a node."""
    names: list[bytes] = []
    async for name in node.scan_iter(count=CHUNK):
        if not name.startswith(KEPT):
            names.append(name)
    for first in range(0, len(names), CHUNK):
        pipe = node.pipeline(transaction=False)
        for name in names[first : first + CHUNK]:
            pipe.unlink(name)  # a command each: they lie in many slots
        await pipe.execute(raise_on_error=False)  # a slot that has moved meanwhile took its copies along
