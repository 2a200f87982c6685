"""Notifications in memory."""

from __future__ import annotations

from collections.abc import Sequence

from twitterlab.model.message import Notification
from twitterlab.storage.memory_state import MemoryState, SortedIds

_NONE = SortedIds()


class MemoryNotifications:
    """`Notifications` over the shared dictionaries."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def add(self, notifications: Sequence[Notification]) -> None:
        for notification in notifications:
            self._state.notifications.setdefault((notification.user_id, notification.id), notification)
            self._state.notified[notification.user_id].add(notification.id)

    async def page(self, user_id: int, before_id: int, limit: int) -> list[Notification]:
        ids = self._state.notified.get(user_id, _NONE).below(before_id, limit)
        return [self._state.notifications[user_id, id_] for id_ in ids]

    async def read(self, user_id: int, up_to_id: int) -> None:
        self._state.notifications_read[user_id] = max(up_to_id, self._state.notifications_read.get(user_id, -1))

    async def unread(self, user_id: int) -> int:
        ids = self._state.notified.get(user_id, _NONE)
        return len(ids.above(self._state.notifications_read.get(user_id, -1), len(ids)))
