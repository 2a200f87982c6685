"""The oracle: who should see what, worked out from what was acknowledged and nothing else.

A plain pull over dictionaries of its own. No part, no store and no query of the platform has a say in it, so a
mistake in one of them cannot hide itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import chain

HORIZON = 800
"""The newest tweets of a home timeline that are judged: what a timeline keeps."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Of one timeline: `lost` are due and not shown, `repeated` are shown again, `strange` are not due at all."""

    lost: int
    repeated: int
    strange: int


class Oracle:
    """Told of every acknowledged follow and post, and of every push to a timeline."""

    def __init__(self) -> None:
        self._followees: dict[int, set[int]] = defaultdict(set)
        self._tweets: dict[int, list[int]] = defaultdict(list)
        self._reached: dict[int, set[int]] = defaultdict(set)
        self._doubtful: set[int] = set()  # people with a post or a follow that may have happened
        self.delivered = 0
        self.redelivered = 0

    def followed(self, follower_id: int, followee_id: int) -> None:
        """The follow was acknowledged."""
        self._followees[follower_id].add(followee_id)

    def posted(self, author_id: int, tweet_id: int) -> None:
        """The tweet was acknowledged."""
        self._tweets[author_id].append(tweet_id)

    def doubted(self, user_id: int) -> None:
        """A post or a follow of this person may have happened: what was not acknowledged is not strange to them, nor
        to their followers."""
        self._doubtful.add(user_id)

    def pushed(self, user_ids: Sequence[int], tweet_id: int) -> None:
        """The tweet was delivered to these timelines."""
        reached = self._reached[tweet_id]
        self.redelivered += sum(count - 1 for count in Counter(user_ids).values()) + len(reached.intersection(user_ids))
        reached.update(user_ids)
        self.delivered += len(user_ids)

    def expected(self, user_id: int) -> list[int]:
        """The newest `HORIZON` tweets of whom the user follows and of their own, newest first."""
        authors = self._followees[user_id] | {user_id}
        return nlargest(HORIZON, chain.from_iterable(self._tweets.get(author, ()) for author in authors))

    def judge(self, user_id: int, shown: Iterable[int]) -> Judgement:
        """Compare what the user is shown, all pages together, with what is due."""
        times = Counter(shown)
        due = self.expected(user_id)
        repeated = times.total() - len(times)
        lost = sum(tweet_id not in times for tweet_id in due)
        known = set(due)
        oldest = due[-1] if len(due) == HORIZON else -1
        is_doubtful = bool(self._doubtful & (self._followees[user_id] | {user_id}))
        strange = 0 if is_doubtful else sum(tweet_id not in known and tweet_id > oldest for tweet_id in times)
        return Judgement(lost, repeated, strange)
