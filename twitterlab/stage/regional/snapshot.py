"""What a regional run begins with: a population, who follows whom, and a few tweets of everybody."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twitterlab.bench.whole_population import whole_population
from twitterlab.parts.given import Chance
from twitterlab.parts.snowflake import EPOCH_MS

MEAN_FOLLOWERS, MEAN_DRAWN = 21, 75
"""Of the case study's 75 followers this many are kept, by chance: a run of 100,000 people is simulated message by
message."""
TWEETS_EACH = 3
SPAN_MS = 1 << 27
"""What they had said, they said in the day and a half before."""
USER_BITS = 22
ZIPF_SHIFT = 1
KNUTH = 2_654_435_761


class Snapshot:
    """`Base` for `users` people of one seed. The id of an old tweet ends in its author, so that it needs no table."""

    def __init__(self, users: int, seed: int, start_ms: int) -> None:
        drawn = whole_population(users, seed)
        everybody = np.arange(users, dtype=np.int64)
        is_kept = np.random.Generator(np.random.PCG64(seed)).random(drawn.follows) < MEAN_FOLLOWERS / MEAN_DRAWN
        followees = np.repeat(everybody, np.diff(drawn.starts))[is_kept]
        followers = drawn.others[is_kept]
        self.users, self.follows = users, len(followers)
        self._ties = np.searchsorted(followees, np.arange(users + 1))
        self._starts, self._followers = self._ties.tolist(), followers
        order = np.argsort(followers, kind="stable")
        self._followees = followees[order]
        self._first = np.searchsorted(followers[order], np.arange(users + 1)).tolist()
        self._by_fame: list[int] = np.argsort(-np.diff(self._ties), kind="stable").tolist()
        self._newest_id = (start_ms - EPOCH_MS) << USER_BITS
        said = np.stack([(everybody * KNUTH >> shift) % SPAN_MS for shift in range(0, 5 * TWEETS_EACH, 5)], 1)
        said.sort(axis=1)
        ids = (start_ms - EPOCH_MS - SPAN_MS + said[:, ::-1] << USER_BITS) | everybody[:, None]
        self._ids = ids
        self._tweets: list[list[int]] = ids.tolist()
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

    def newest(self, user: int, count: int) -> list[int]:
        """What `user` is shown first: their own tweets and those of whom they follow, greatest first."""
        authors = self._followees[self._first[user] : self._first[user + 1]]
        ids = np.concatenate((self._ids[authors].ravel(), self._ids[user]))
        ids.sort()
        shown: list[int] = ids[: -count - 1 : -1].tolist()
        return shown

    def tweets(self, author: int) -> Sequence[int]:
        return self._tweets[author]

    def tweet(self, tweet_id: int) -> tuple[int, str] | None:
        if tweet_id >= self._newest_id:
            return None
        author = tweet_id & (1 << USER_BITS) - 1
        return author, f"what {author} said {tweet_id >> USER_BITS}"

    def popular(self, chance: Chance) -> int:
        """Somebody, by a Zipf law over who has most followers."""
        rank = ZIPF_SHIFT * ((self.users + ZIPF_SHIFT) / ZIPF_SHIFT) ** chance.random() - ZIPF_SHIFT
        return self._by_fame[min(int(rank), self.users - 1)]
