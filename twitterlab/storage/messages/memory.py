"""Direct messages in memory."""

from __future__ import annotations

from collections import defaultdict

from twitterlab.errors import Refused
from twitterlab.model.message import Conversation, DirectMessage
from twitterlab.storage.memory_state import MemoryState, SortedIds


class MemoryMessages:
    """`Messages` over the shared dictionaries."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def add(self, message: DirectMessage) -> None:
        state = self._state
        if message.id in state.messages:
            raise Refused(f"message id {message.id} is taken", kind="taken")
        state.messages[message.id] = message
        for user_id, other_id in {
            (message.sender_id, message.recipient_id),
            (message.recipient_id, message.sender_id),
        }:
            state.between.setdefault(user_id, defaultdict(SortedIds))[other_id].add(message.id)

    async def page(self, user_id: int, other_id: int, before_id: int, limit: int) -> list[DirectMessage]:
        partners = self._state.between.get(user_id)
        ids = partners.get(other_id) if partners else None
        return [] if ids is None else [self._state.messages[id_] for id_ in ids.below(before_id, limit)]

    async def conversations(self, user_id: int, before_id: int, limit: int) -> list[Conversation]:
        state = self._state
        newest = sorted(((ids.ids[-1], other) for other, ids in state.between.get(user_id, {}).items()), reverse=True)
        return [
            Conversation(other, state.messages[last], self._unread(user_id, other))
            for last, other in [(last, other) for last, other in newest if last < before_id][:limit]
        ]

    def _unread(self, user_id: int, other_id: int) -> int:
        ids = self._state.between[user_id][other_id]
        above = ids.above(self._state.messages_read.get((user_id, other_id), -1), len(ids))
        return sum(self._state.messages[id_].recipient_id == user_id for id_ in above)

    async def read(self, user_id: int, other_id: int, up_to_id: int) -> None:
        mark = self._state.messages_read.get((user_id, other_id), -1)
        self._state.messages_read[user_id, other_id] = max(up_to_id, mark)
