"""The social graph in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from twitterlab.errors import Refused
from twitterlab.parts.queue import Event
from twitterlab.storage.memory_state import MemoryState, SortedIds

_NONE = SortedIds()


class MemoryFollows:
    """`Follows` over the shared dictionaries."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    def _check(self, follower_id: int, followee_id: int) -> None:
        if follower_id == followee_id:
            raise Refused("nobody follows themselves", kind="invalid")
        for user_id in (follower_id, followee_id):
            if user_id not in self._state.users:
                raise Refused(f"no user {user_id}", kind="missing")

    def _add(self, follower_id: int, followee_id: int) -> bool:
        state = self._state
        if followee_id in state.following[follower_id]:
            return False
        state.following[follower_id].add(followee_id)
        state.followers[followee_id].add(follower_id)
        return True

    async def follow(self, follower_id: int, followee_id: int, at_ms: int, event: Event | None = None) -> bool:
        self._check(follower_id, followee_id)
        is_new = self._add(follower_id, followee_id)
        if is_new:
            self._state.commit(event)
        return is_new

    async def unfollow(self, follower_id: int, followee_id: int, event: Event | None = None) -> bool:
        state = self._state
        if followee_id not in state.following.get(follower_id, _NONE):
            return False
        state.following[follower_id].discard(followee_id)
        state.followers[followee_id].discard(follower_id)
        state.commit(event)
        return True

    async def follow_many(self, pairs: Iterable[tuple[int, int]], at_ms: int) -> int:
        known = tuple(pairs)
        for pair in known:
            self._check(*pair)
        return sum(self._add(*pair) for pair in known)

    async def followers(self, user_id: int, after_id: int, limit: int) -> list[int]:
        return self._state.followers.get(user_id, _NONE).above(after_id, limit)

    async def following(self, user_id: int, after_id: int, limit: int) -> list[int]:
        return self._state.following.get(user_id, _NONE).above(after_id, limit)

    async def among(self, follower_id: int, others: Sequence[int]) -> set[int]:
        following = self._state.following.get(follower_id, _NONE)
        return {other for other in others if other in following}
