"""The dictionaries that the memory engine's nine ports share, so that one write touches all it must.

Nothing here awaits, so on one event loop every method call of the engine is atomic. Nothing survives
the process.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from dataclasses import dataclass, field

from twitterlab.model.message import DirectMessage, Notification
from twitterlab.model.tweet import Tweet
from twitterlab.model.user import User
from twitterlab.parts.queue import Event


class SortedIds:
    """Ids in ascending order, each once. Appending the newest is cheap; ids mostly come in order."""

    __slots__ = ("ids",)

    def __init__(self) -> None:
        self.ids: list[int] = []

    def add(self, id_: int) -> None:
        if not self.ids or id_ > self.ids[-1]:
            self.ids.append(id_)
        elif id_ not in self:
            insort(self.ids, id_)

    def discard(self, id_: int) -> None:
        if id_ in self:
            del self.ids[bisect_left(self.ids, id_)]

    def __contains__(self, id_: int) -> bool:
        at = bisect_left(self.ids, id_)
        return at < len(self.ids) and self.ids[at] == id_

    def __len__(self) -> int:
        return len(self.ids)

    def below(self, before_id: int, limit: int) -> list[int]:
        """The newest `limit` ids under `before_id`, newest first."""
        end = bisect_left(self.ids, before_id)
        return self.ids[max(0, end - limit) : end][::-1]

    def above(self, after_id: int, limit: int) -> list[int]:
        """The lowest `limit` ids over `after_id`, ascending."""
        start = bisect_right(self.ids, after_id)
        return self.ids[start : start + limit]


def _lists() -> defaultdict[int, SortedIds]:
    return defaultdict(SortedIds)


def _sets() -> defaultdict[int, set[int]]:
    return defaultdict(set)


@dataclass(slots=True)
class MemoryState:
    """Everything the memory engine knows."""

    users: dict[int, User] = field(default_factory=dict)
    handles: dict[str, int] = field(default_factory=dict)  # case-folded
    tweets: dict[int, Tweet] = field(default_factory=dict)
    by_author: defaultdict[int, SortedIds] = field(default_factory=_lists)
    replies: defaultdict[int, SortedIds] = field(default_factory=_lists)
    retweets: defaultdict[int, SortedIds] = field(default_factory=_lists)
    mentions: defaultdict[int, SortedIds] = field(default_factory=_lists)  # user -> tweets
    mentioned: dict[int, tuple[int, ...]] = field(default_factory=dict)  # tweet -> users
    likers: defaultdict[int, set[int]] = field(default_factory=_sets)
    followers: defaultdict[int, SortedIds] = field(default_factory=_lists)
    following: defaultdict[int, SortedIds] = field(default_factory=_lists)
    blocks: defaultdict[int, set[int]] = field(default_factory=_sets)
    blocked_by: defaultdict[int, set[int]] = field(default_factory=_sets)
    mutes: defaultdict[int, set[int]] = field(default_factory=_sets)
    notifications: dict[tuple[int, int], Notification] = field(default_factory=dict)  # (user, id)
    notified: defaultdict[int, SortedIds] = field(default_factory=_lists)
    notifications_read: dict[int, int] = field(default_factory=dict)
    messages: dict[int, DirectMessage] = field(default_factory=dict)
    between: dict[int, defaultdict[int, SortedIds]] = field(default_factory=dict)  # user -> partner -> ids
    messages_read: dict[tuple[int, int], int] = field(default_factory=dict)
    outbox: dict[int, Event] = field(default_factory=dict)

    def commit(self, event: Event | None) -> None:
        """Put the event of a write that has just happened into the outbox."""
        if event is not None:
            self.outbox[event.id] = event
