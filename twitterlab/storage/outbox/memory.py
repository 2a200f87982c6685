"""The outbox in memory."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from twitterlab.parts.queue import Event
from twitterlab.storage.memory_state import MemoryState


class MemoryOutbox:
    """`Outbox` over the shared dictionaries."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def pending(self, limit: int) -> Sequence[Event]:
        return heapq.nsmallest(limit, self._state.outbox.values(), key=lambda event: event.id)

    async def done(self, event_ids: Sequence[int]) -> None:
        for event_id in event_ids:
            self._state.outbox.pop(event_id, None)

    async def again(self) -> None:
        """Nothing: what was done is forgotten, for the stream lives no longer and no shorter than this process."""

    async def delivered(self, event_ids: Sequence[int]) -> None:
        await self.done(event_ids)
