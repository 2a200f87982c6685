"""The port of batches: many home pages, many tweets at once, for engines that answer them faster than one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class HomePages:
    """Columns of the newest tweets of many home timelines: line i is the page of the i-th user, newest first.

    `tweets` is a structured array (users, limit) with the fields `id`, `author_id`, `handle` (ASCII), `created_ms`,
    `likes`, `retweets`, `replies`, `length` (bytes of UTF-8) and `text` (its first 128 bytes). An id of 0 stands where
    there is no tweet; a tweet that this reader may not see any more has id and length, all else is 0. `long` holds the
    whole of longer texts, by place (line, column); `shown` the original of a retweet, by place.
    """

    tweets: npt.NDArray[Any]
    long: dict[tuple[int, int], str]
    shown: dict[tuple[int, int], Any]


@dataclass(frozen=True, slots=True)
class NewTweets:
    """Tweets to add: no retweets, quotes, pictures or mentions. Ids ascend and are newer than all there are. `reply_to`:
    for each the tweet it replies to, or 0; empty if none replies."""

    ids: Sequence[int]
    author_ids: Sequence[int]
    texts: Sequence[bytes]
    created_ms: int
    reply_to: Sequence[int] = ()


class Batches(Protocol):
    """Clauses:
    1. `pages` gives for each user the columns, and which users' timelines could not be told (False); those lines are
       empty. It touches no state and may run in another thread beside any write.
    2. `rebuild` makes the timelines of people from whom they follow, where the engine can; `place` puts the ids of a page in the line of a user who could not be told.
    3. `add` commits all tweets or none and puts each in front of its author; `Refused` names an unknown author. They are
       acknowledged once `kept` has returned.
    4. `fan_out` delivers the batch whose first tweet this is to followers, in the order of posting, all but the
       tweets of large accounts; `fan_out_large` delivers a slice of what was put aside, and says how much. Nobody gets
       a tweet twice. Both return deliveries.
    """

    def pages(self, user_ids: npt.NDArray[np.int64], limit: int) -> tuple[HomePages, npt.NDArray[np.bool_]]: ...

    def rebuild(self, user_ids: npt.NDArray[np.int64]) -> None: ...

    def place(self, pages: HomePages, line: int, tweet_ids: Sequence[int], user_id: int) -> None: ...

    def add(self, tweets: NewTweets) -> None: ...

    async def kept(self) -> None: ...

    def fan_out(self, first_id: int) -> int: ...

    def fan_out_large(self) -> int: ...
