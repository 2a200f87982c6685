"""Accounts in memory."""

from __future__ import annotations

from collections.abc import Sequence

from twitterlab.errors import Refused
from twitterlab.model.user import User, UserCounts
from twitterlab.storage.memory_state import MemoryState


class MemoryUsers:
    """`Users` over the shared dictionaries."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def add(self, user: User) -> None:
        if user.id in self._state.users:
            raise Refused(f"user id {user.id} is taken", kind="taken")
        if user.handle.lower() in self._state.handles:
            raise Refused(f"handle {user.handle} is taken", kind="taken")
        self._state.users[user.id] = user
        self._state.handles[user.handle.lower()] = user.id

    async def update(self, user: User) -> None:
        known = self._state.users.get(user.id)
        if known is None:
            raise Refused(f"no user {user.id}", kind="missing")
        self._state.users[user.id] = User(known.id, known.handle, user.name, known.created_ms, user.bio)

    async def by_handle(self, handle: str) -> User | None:
        user_id = self._state.handles.get(handle.lower())
        return None if user_id is None else self._state.users[user_id]

    async def many(self, user_ids: Sequence[int]) -> list[User]:
        users = self._state.users
        return [users[user_id] for user_id in user_ids if user_id in users]

    async def counts(self, user_id: int) -> UserCounts:
        state = self._state
        return UserCounts(
            *(len(lists.get(user_id, ())) for lists in (state.by_author, state.followers, state.following))
        )

    async def search(self, text: str, limit: int) -> list[User]:
        start, followers = text.casefold(), self._state.followers
        found = (
            user
            for user in self._state.users.values()
            if user.handle.casefold().startswith(start) or user.name.casefold().startswith(start)
        )
        return sorted(found, key=lambda user: (-len(followers.get(user.id, ())), user.id))[:limit]
