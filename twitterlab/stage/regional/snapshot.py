"""What a regional run begins with: a population, who follows whom, and a few tweets of everybody."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twitterlab.bench.whole_population import whole_population
from twitterlab.parts.given import Chance
from twitterlab.parts.snowflake import EPOCH_MS

TWEETS_EACH = 3
SPAN_MS = 1 << 27
"""What they had said, they said in the day and a half before."""
USER_BITS = 22


class Snapshot:
    """`Base` for `users` people of one seed. The id of an old tweet ends in its author, so that it needs no table."""

    def __init__(self, users: int, seed: int, start_ms: int) -> None:
        drawn = whole_population(users, seed)
        self.users = users
        self.follows = int(drawn.follows)
        self._starts, self._followers = drawn.starts.tolist(), drawn.others
        followees = np.repeat(np.arange(users, dtype=np.int64), np.diff(drawn.starts))
        order = np.lexsort((followees, drawn.others))
        self._followees = followees[order]
        self._first = np.searchsorted(drawn.others[order], np.arange(users + 1)).tolist()
        self._ties = drawn.starts
        self._oldest_ms = start_ms - EPOCH_MS - SPAN_MS
        self._newest_id = (start_ms - EPOCH_MS) << USER_BITS
        self._known: dict[int, list[int]] = {}

    def followees(self, user: int) -> Sequence[int]:
        found = self._known.get(user)
        if found is None:
            found = self._followees[self._first[user] : self._first[user + 1]].tolist()
            self._known[user] = found
        return found

    def followers(self, user: int) -> Sequence[int]:
        rows: list[int] = self._followers[self._starts[user] : self._starts[user + 1]].tolist()
        return rows

    def tweets(self, author: int) -> Sequence[int]:
        spread = author * 2_654_435_761
        times = sorted(((spread >> shift) % SPAN_MS for shift in range(0, 5 * TWEETS_EACH, 5)), reverse=True)
        return [self._oldest_ms + at_ms << USER_BITS | author for at_ms in times]

    def tweet(self, tweet_id: int) -> tuple[int, str] | None:
        if tweet_id >= self._newest_id:
            return None
        author = tweet_id & (1 << USER_BITS) - 1
        return author, f"what {author} said {tweet_id >> USER_BITS}"

    def popular(self, chance: Chance) -> int:
        """Somebody, as likely as they have followers."""
        tie = chance.below(self.follows)
        return int(np.searchsorted(self._ties, tie, side="right")) - 1
