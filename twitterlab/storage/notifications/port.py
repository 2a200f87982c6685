"""The port of notifications."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from twitterlab.model.message import Notification


class Notifications(Protocol):
    """What happened that concerns one person.

    Clauses:
      1. `add` is idempotent by (id, user_id): a redelivered event notifies once.
      2. `page` is newest first, all ids below `before_id`, at most `limit`.
      3. `unread` counts those above the mark that `read` last set; the mark never moves back.
    """

    async def add(self, notifications: Sequence[Notification]) -> None: ...

    async def page(self, user_id: int, before_id: int, limit: int) -> list[Notification]: ...

    async def read(self, user_id: int, up_to_id: int) -> None: ...

    async def unread(self, user_id: int) -> int: ...
