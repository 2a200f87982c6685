"""The port of direct messages."""

from __future__ import annotations

from typing import Protocol

from twitterlab.model.message import Conversation, DirectMessage


class Messages(Protocol):
    """Direct messages between two people.

    Clauses:
      1. `page` holds only messages between the two, newest first, all ids below `before_id`.
      2. `conversations` lists each partner once with the newest message, newest first, all last ids
         below `before_id`, with the count of unread ones addressed to the user.
      3. `read` marks what `other_id` sent to the user up to `up_to_id`; the mark never moves back.
      4. `add` with an id in use is `Refused(kind="taken")`.
    """

    async def add(self, message: DirectMessage) -> None: ...

    async def page(self, user_id: int, other_id: int, before_id: int, limit: int) -> list[DirectMessage]: ...

    async def conversations(self, user_id: int, before_id: int, limit: int) -> list[Conversation]: ...

    async def read(self, user_id: int, other_id: int, up_to_id: int) -> None: ...
