"""The port of blocks and mutes."""

from __future__ import annotations

from typing import Protocol


class Relations(Protocol):
    """Who blocks and who mutes whom.

    Clauses:
      1. Setting twice or clearing what is not set changes nothing and says False.
      2. `hidden` gives everyone whose tweets the user must not see: muted, blocked, or blocking.
      3. `blocks_either_way` is symmetric.
    """

    async def block(self, user_id: int, other_id: int) -> bool: ...

    async def unblock(self, user_id: int, other_id: int) -> bool: ...

    async def mute(self, user_id: int, other_id: int) -> bool: ...

    async def unmute(self, user_id: int, other_id: int) -> bool: ...

    async def blocked(self, user_id: int) -> frozenset[int]:
        """Those the user blocks."""
        ...

    async def muted(self, user_id: int) -> frozenset[int]: ...

    async def hidden(self, user_id: int) -> frozenset[int]: ...

    async def blocks_either_way(self, user_id: int, other_id: int) -> bool: ...
