"""The port of home timelines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Timelines(Protocol):
    """Home timelines: the newest tweet ids that each user should see.

    Clauses:
      1. `page` is newest first, all ids below `before_id`, each once.
      2. `push` appends blindly for each user; it may be called out of order and the page is still
         sorted; `missing` gives those users whose timeline lacks the tweet.
      3. A timeline keeps its newest `capacity` ids. `page` gives None when it cannot tell what lies
         below (never built, evicted, or older than what is kept): the caller rebuilds from the source.
      4. `fill` replaces a timeline with ids from the source and says by `is_whole` whether nothing older exists;
         what was pushed while the source was read is kept.
      5. `forget` makes timelines unbuilt. Pushing to an unbuilt timeline does not build it.
      6. While the engine is out of reach `page` gives None and `fill` does nothing: timelines are a copy, and
         readers go to the source. `push`, `missing` and `forget` raise `Uncertain`; they may be repeated.
    """

    capacity: int

    async def push(self, user_ids: Sequence[int], tweet_id: int) -> None: ...

    async def missing(self, user_ids: Sequence[int], tweet_id: int) -> list[int]: ...

    async def page(self, user_id: int, before_id: int, limit: int) -> list[int] | None: ...

    async def fill(self, user_id: int, tweet_ids: Sequence[int], is_whole: bool) -> None: ...

    async def forget(self, user_ids: Sequence[int]) -> None: ...
