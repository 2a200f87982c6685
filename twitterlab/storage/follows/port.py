"""The port of the social graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from twitterlab.parts.queue import Event


class Follows(Protocol):
    """Who follows whom.

    Clauses:
      1. `follow` says whether it was new (the event is committed only then); oneself is
         `Refused(kind="invalid")`, an unknown user `Refused(kind="missing")`.
      2. `unfollow` says whether there was one (the event is committed only then).
      3. `followers` and `following` are pages of ids in ascending order, all above `after_id`.
      4. `follow_many` loads pairs (follower, followee) in bulk, skipping those known; it returns how
         many were new. All or none: a pair that `follow` would refuse refuses the lot.
      5. `among` gives those of `others` that the user follows.
    """

    async def follow(self, follower_id: int, followee_id: int, at_ms: int, event: Event | None = None) -> bool: ...

    async def unfollow(self, follower_id: int, followee_id: int, event: Event | None = None) -> bool: ...

    async def follow_many(self, pairs: Iterable[tuple[int, int]], at_ms: int) -> int: ...

    async def followers(self, user_id: int, after_id: int, limit: int) -> list[int]: ...

    async def following(self, user_id: int, after_id: int, limit: int) -> list[int]: ...

    async def among(self, follower_id: int, others: Sequence[int]) -> set[int]: ...
