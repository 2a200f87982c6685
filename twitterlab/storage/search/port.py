"""The port of search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from twitterlab.model.tweet import Tweet


@dataclass(frozen=True, slots=True)
class TweetQuery:
    """What to look for: all of `words`, within the filters. Times are Unix milliseconds."""

    words: tuple[str, ...] = ()
    author_id: int | None = None
    since_ms: int | None = None
    until_ms: int | None = None


class Search(Protocol):
    """Finding tweets by their words.

    Clauses:
      1. `find` gives ids of tweets that hold every word (whole words, any case, any script; a tag
         `#x` or mention `@x` is a word of its own, and also matched by `x`), newest first, below `before_id`.
      2. `index` twice changes nothing; `remove` of an unknown id changes nothing.
      3. What `index` has returned for is found by the next `find`; what `remove` has returned for is not.
      4. Any text is a legal query: quotes, operators and lone symbols match as words or match nothing.
    """

    async def index(self, tweet: Tweet) -> None: ...

    async def remove(self, tweet_id: int) -> None: ...

    async def find(self, query: TweetQuery, before_id: int, limit: int) -> list[int]: ...
