"""What a shard knows of the people whose keys it keeps: derived from replicas and snapshot, forgotten in a crash.

Keys: `tweets/AUTHOR` (a set of ids), `tweet/ID` (its text), `gone/AUTHOR` (ids deleted), `follows/USER` and
`touched/USER` (whom they follow; of whom the replica decides and no longer the snapshot), `profile/USER`, `likes/ID`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from twitterlab.parts.replica import Replica
from twitterlab.platform.regional.base import Base

Find = Callable[[int], Replica | None]
"""The replica that has the keys of a person; None where this machine does not keep them."""


class People:
    """Reads across a replica and the snapshot."""

    def __init__(self, base: Base, find: Find) -> None:
        self._base, self._find = base, find
        self._new: dict[int, list[int]] = {}  # by author, ascending
        self._gone: dict[int, frozenset[int]] = {}
        self._joined: dict[int, set[int]] = {}  # by author: who of my people has begun to follow them
        self._left: dict[int, set[int]] = {}

    def following(self, user: int) -> list[int]:
        """Whom `user` follows now."""
        replica = self._find(user)
        base = self._base.followees(user)
        if replica is None:
            return list(base)
        touched, now = replica.members(f"touched/{user}"), replica.members(f"follows/{user}")
        return [other for other in base if other not in touched] + sorted(now) if touched else list(base)

    def followers(self, author: int, among: Iterable[int]) -> list[int]:
        """Those of `among` who follow `author` now."""
        left, joined = self._left.get(author, ()), self._joined.get(author, ())
        return [user for user in among if user not in left] + sorted(joined)

    def base_followers(self, author: int) -> Sequence[int]:
        """Who followed `author` when the run began."""
        return self._base.followers(author)

    def newest(self, authors: Iterable[int], before_id: int, count: int) -> list[int]:
        """The greatest `count` ids below `before_id` of these authors, greatest first."""
        found: list[int] = []
        for author in authors:
            found.extend(self._base.tweets(author))
            new = self._new.get(author)
            if new is not None:
                found.extend(new)
                if gone := self._gone[author]:
                    found = [tweet_id for tweet_id in found if tweet_id not in gone]
        return sorted([tweet_id for tweet_id in found if tweet_id < before_id], reverse=True)[:count]

    def text(self, author: int, tweet_id: int) -> str | None:
        """What a tweet says, where its author's keys are kept here."""
        told = self._base.tweet(tweet_id)
        if told is not None:
            return told[1]
        replica = self._find(author)
        return None if replica is None else replica.register(f"tweet/{tweet_id}")

    def learn_tweets(self, author: int) -> tuple[list[int], list[int]]:
        """Look at what `author` has posted or deleted since; the ids that are new here, and those that are gone."""
        replica = self._find(author)
        if replica is None:
            return [], []
        now, gone = replica.members(f"tweets/{author}"), replica.members(f"gone/{author}")
        known, known_gone = set(self._new.get(author, ())), self._gone.get(author, frozenset())
        self._new[author] = sorted(now)
        self._gone[author] = gone
        return sorted(now - known - gone), sorted(gone - known_gone)

    def learn_follows(self, user: int) -> None:
        """Look at whom `user` has begun or ceased to follow."""
        replica = self._find(user)
        if replica is None:
            return
        touched, now = replica.members(f"touched/{user}"), replica.members(f"follows/{user}")
        base = set(self._base.followees(user)) if touched else set()
        for other in touched:
            _mark(self._joined, other, user, other in now and other not in base)
            _mark(self._left, other, user, other not in now and other in base)


def _mark(table: dict[int, set[int]], author: int, user: int, is_so: bool) -> None:
    if is_so:
        table.setdefault(author, set()).add(user)
    else:
        table.get(author, set()).discard(user)
