"""The port of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from twitterlab.model.user import User, UserCounts


class Users(Protocol):
    """Accounts and their counters.

    Clauses:
      1. `add` raises `Refused(kind="taken")` when the id or the handle (whatever its case) is taken;
         once it returns the account is durable as the engine documents.
      2. `many` answers in the order asked, leaving out unknown ids, repeats included.
      3. `search` finds handles and names that start with the text, whatever the case, ordered by
         (followers descending, id), at most `limit`.
      4. `update` changes name and bio; unknown ids are `Refused(kind="missing")`.
    """

    async def add(self, user: User) -> None: ...

    async def update(self, user: User) -> None: ...

    async def by_handle(self, handle: str) -> User | None: ...

    async def many(self, user_ids: Sequence[int]) -> list[User]: ...

    async def counts(self, user_id: int) -> UserCounts: ...

    async def search(self, text: str, limit: int) -> list[User]: ...
