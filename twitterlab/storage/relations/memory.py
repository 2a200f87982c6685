"""Blocks and mutes in memory."""

from __future__ import annotations

from twitterlab.storage.memory_state import MemoryState


class MemoryRelations:
    """`Relations` over the shared dictionaries."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def block(self, user_id: int, other_id: int) -> bool:
        is_new = other_id not in self._state.blocks[user_id]
        self._state.blocks[user_id].add(other_id)
        self._state.blocked_by[other_id].add(user_id)
        return is_new

    async def unblock(self, user_id: int, other_id: int) -> bool:
        was_set = other_id in self._state.blocks[user_id]
        self._state.blocks[user_id].discard(other_id)
        self._state.blocked_by[other_id].discard(user_id)
        return was_set

    async def mute(self, user_id: int, other_id: int) -> bool:
        is_new = other_id not in self._state.mutes[user_id]
        self._state.mutes[user_id].add(other_id)
        return is_new

    async def unmute(self, user_id: int, other_id: int) -> bool:
        was_set = other_id in self._state.mutes[user_id]
        self._state.mutes[user_id].discard(other_id)
        return was_set

    async def blocked(self, user_id: int) -> frozenset[int]:
        return frozenset(self._state.blocks.get(user_id, ()))

    async def muted(self, user_id: int) -> frozenset[int]:
        return frozenset(self._state.mutes.get(user_id, ()))

    async def hidden(self, user_id: int) -> frozenset[int]:
        state = self._state
        return frozenset().union(*(of.get(user_id, ()) for of in (state.blocks, state.mutes, state.blocked_by)))

    async def blocks_either_way(self, user_id: int, other_id: int) -> bool:
        blocks = self._state.blocks
        return other_id in blocks.get(user_id, ()) or user_id in blocks.get(other_id, ())
