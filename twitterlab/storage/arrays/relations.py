"""Blocks and mutes over the memory engine's, noted for the pages that are read in columns."""

from __future__ import annotations

from twitterlab.storage.arrays.state import ArrayState
from twitterlab.storage.relations.memory import MemoryRelations


class ArrayRelations(MemoryRelations):
    """`Relations` of the engine `arrays`. A change is noted after it was made: who sorts meanwhile sees it or its note."""

    def __init__(self, state: ArrayState) -> None:
        super().__init__(state)
        self._hidden = state.hidden

    async def block(self, user_id: int, other_id: int) -> bool:
        answer = await super().block(user_id, other_id)
        self._hidden.changed(user_id, other_id)
        return answer

    async def unblock(self, user_id: int, other_id: int) -> bool:
        answer = await super().unblock(user_id, other_id)
        self._hidden.changed(user_id, other_id)
        return answer

    async def mute(self, user_id: int, other_id: int) -> bool:
        answer = await super().mute(user_id, other_id)
        self._hidden.changed(user_id)
        return answer

    async def unmute(self, user_id: int, other_id: int) -> bool:
        answer = await super().unmute(user_id, other_id)
        self._hidden.changed(user_id)
        return answer
