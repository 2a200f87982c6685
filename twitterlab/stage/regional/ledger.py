"""What people were told, against what is there in the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from twitterlab.parts.replica import Replica


@dataclass(slots=True)
class Ledger:
    """Writes that were acknowledged, and those of which nobody knows."""

    posts: dict[int, int] = field(default_factory=dict)  # id: author
    counts: dict[str, list[int]] = field(default_factory=dict)  # likes/ID: [author, acknowledged, uncertain]
    follows: dict[tuple[int, int], str] = field(default_factory=dict)  # the last that was acknowledged, if certain

    @property
    def acknowledged(self) -> int:
        """Writes that may not be lost."""
        return len(self.posts) + sum(row[1] for row in self.counts.values()) + len(self.follows)

    def counted(self, key: str, author: int, is_certain: bool) -> None:
        """A like or a retweet was acknowledged, or may have been counted."""
        row = self.counts.setdefault(key, [author, 0, 0])
        row[1 if is_certain else 2] += 1

    def lost(self, replicas: Mapping[int, Iterable[Replica]]) -> int:
        """Acknowledged writes that some replica does not show. `replicas`: of each author's keys, all there are."""
        missing = sum(
            1
            for tweet_id, author in self.posts.items()
            if any(tweet_id not in replica.members(f"tweets/{author}") for replica in replicas[author])
        )
        for key, (author, certain, _) in self.counts.items():
            shown = min((replica.counter(key) for replica in replicas[author]), default=0)
            missing += max(0, certain - shown)
        for (user, other), what in self.follows.items():
            is_there = [other in replica.members(f"follows/{user}") for replica in replicas[user]]
            missing += what in ("follow", "unfollow") and any(shown != (what == "follow") for shown in is_there)
        return missing

    def invented(self, replicas: Mapping[int, Iterable[Replica]]) -> int:
        """Likes and retweets that nobody gave."""
        return sum(
            max(0, max((replica.counter(key) for replica in replicas[author]), default=0) - sure - maybe)
            for key, (author, sure, maybe) in self.counts.items()
        )
