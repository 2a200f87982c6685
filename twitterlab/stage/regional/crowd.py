"""The people of one continent: they come at random, more of them the more active, and never wait for one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log
from types import MappingProxyType
from typing import Any

from twitterlab.errors import Failure, Uncertain
from twitterlab.platform.regional.router import Router
from twitterlab.stage.regional.ledger import Ledger
from twitterlab.stage.regional.seconds import Seconds
from twitterlab.stage.regional.snapshot import Snapshot
from twitterlab.world.node import Node

RATES: Mapping[str, float] = MappingProxyType(
    {"home": 1_010.0, "page": 200.0, "post": 21.0, "like": 10.0, "follow": 4.0, "unfollow": 2.0}
)
"""A second, on all continents together: a little above 1,000 home timelines and 20 posts, which chance may not miss."""
NEWEST = 1 << 62
PAGE = 20
ACTIVITY_SHIFT = 100
REMEMBERED = 2_000
NS_PER_MS = 1_000_000


@dataclass(slots=True)
class Told:
    """What the crowds of a run share: what was promised, and recent tweets that may be liked."""

    ledger: Ledger = field(default_factory=Ledger)
    recent: list[tuple[int, int]] = field(default_factory=list)


class Crowd:
    """`people` are users' numbers, the most active first. `router` knows the way to the gateways, `edges` to
    the edges, where public pages are."""

    def __init__(
        self, node: Node, router: Router, people: list[int], snapshot: Snapshot, told: Told, share: float,
        edges: Router, seconds: Seconds, steady_until_ms: float, rates: Mapping[str, float] = RATES,
    ) -> None:  # fmt: skip
        self._node, self._router, self.people, self._snapshot = node, router, people, snapshot
        self._told, self._edges, self.seconds = told, edges, seconds
        self._steady_until_ns = round(steady_until_ms * NS_PER_MS)
        self._rate_per_ms = share * sum(rates.values()) / 1_000
        self._kinds, total = [], 0.0
        for kind, rate in rates.items():
            total += rate / sum(rates.values())
            self._kinds.append((total, kind))
        self._chance = node.chance("crowd")
        self.done = 0

    async def come(self, until_ms: float) -> None:
        """Until then. Whoever comes is not waited for."""
        at_ns, end_ns = self._node.stopwatch_ns(), round(until_ms * NS_PER_MS)
        while True:
            at_ns += round(-log(1.0 - self._chance.random()) / self._rate_per_ms * NS_PER_MS)
            if at_ns >= end_ns:
                return
            await self._node.clock.sleep_ms((at_ns - self._node.stopwatch_ns()) / NS_PER_MS)
            self._node.spawn(self._act(self._kind(), self._somebody(), at_ns))

    def _kind(self) -> str:
        draw = self._chance.random()
        return next((kind for bound, kind in self._kinds if draw < bound), self._kinds[-1][1])

    def _somebody(self) -> int:
        """By a Zipf-Mandelbrot law."""
        count = len(self.people)
        rank = ACTIVITY_SHIFT * ((count + ACTIVITY_SHIFT) / ACTIVITY_SHIFT) ** self._chance.random() - ACTIVITY_SHIFT
        return self.people[min(int(rank), count - 1)]

    async def _act(self, kind: str, me: int, at_ns: int) -> None:
        second = at_ns // 1_000_000_000
        self.seconds.begin(second)
        try:
            tries: int = await getattr(self, f"_{kind}")(me)
        except Failure:
            return
        self.done += 1
        now_ns = self._node.stopwatch_ns()
        is_steady = now_ns <= self._steady_until_ns
        self.seconds.end(second, kind, now_ns - at_ns, tries == 1, is_steady)

    async def _home(self, me: int) -> int:
        return (await self._router.ask("home", [me, NEWEST, PAGE])).tries

    async def _page(self, me: int) -> int:
        """The page of somebody popular, from the nearest edge, or the next one."""
        author = self._snapshot.popular(self._chance)
        return (await self._edges.ask("page", author)).tries

    async def _post(self, me: int) -> int:
        answer = await self._router.post(me, f"{me} at {self._node.stopwatch_ns()}")
        self._told.ledger.posts[answer.body] = me
        self._told.recent.append((answer.body, me))
        del self._told.recent[:-REMEMBERED]
        return answer.tries

    async def _like(self, me: int) -> int:
        recent = self._told.recent
        return await self._count("likes", *recent[self._chance.below(len(recent))]) if recent else 1

    async def _retweet(self, me: int) -> int:
        """What is passed on is seen by more, who pass it on: the oldest of the recent ones most, by a Zipf law."""
        recent = self._told.recent
        place = int((len(recent) + 1.0) ** self._chance.random() - 1.0)
        return await self._count("retweets", *recent[place]) if recent else 1

    async def _count(self, what: str, tweet_id: int, author: int) -> int:
        """Counted once: what may have been counted is not tried again."""
        key = f"{what}/{tweet_id}"
        try:
            await self._router.change(author, [["count", key, 1]], is_once=True)
        except Uncertain:
            self._told.ledger.counted(key, author, is_certain=False)
            raise
        self._told.ledger.counted(key, author, is_certain=True)
        return 1

    async def _follow(self, me: int) -> int:
        other = self._snapshot.popular(self._chance)
        return await self._tie(me, other, "follow", [["add", f"touched/{me}", other], ["add", f"follows/{me}", other]])

    async def _unfollow(self, me: int) -> int:
        followees = self._snapshot.followees(me)
        if not followees:
            return 1
        other = followees[self._chance.below(len(followees))]
        changes = [["add", f"touched/{me}", other], ["remove", f"follows/{me}", other]]
        return await self._tie(me, other, "unfollow", changes)

    async def _tie(self, me: int, other: int, what: str, changes: list[Any]) -> int:
        """Of two that cross or that nobody is sure of, either may be the last."""
        follows, tie = self._told.ledger.follows, (me, other)
        crossed = "open" in follows.get(tie, "")
        follows[tie] = f"open {what}"
        try:
            tries = (await self._router.change(me, changes)).tries
        except Failure:
            follows[tie] = "open for ever"
            raise
        follows[tie] = "open for ever" if crossed or follows[tie] != f"open {what}" else what
        return tries
