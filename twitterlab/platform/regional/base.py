"""What was there when the run began: people, who follows whom, and what they had said. Everybody has a copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Base(Protocol):
    """A snapshot that is read and never changes; the replicas hold what happened since."""

    users: int

    def followees(self, user: int) -> Sequence[int]:
        """Whom `user` follows."""
        ...

    def followers(self, user: int) -> Sequence[int]:
        """Who follows `user`."""
        ...

    def tweets(self, author: int) -> Sequence[int]:
        """The ids of what `author` had posted, greatest first."""
        ...

    def tweet(self, tweet_id: int) -> tuple[int, str] | None:
        """Author and text of a tweet of the snapshot; None where it is not one."""
        ...
