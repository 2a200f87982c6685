"""A shard: keeps the groups of keys that the ring gives it, and the home timelines of its people.

It answers `home` and `page`, takes writes, replicates them (`sync`), and brings new tweets to the timelines of its
continent (`deliver`). In memory is only what can be made again from its log, its peers, and the snapshot.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from twitterlab.errors import Refused, Uncertain
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.edge_cache import POPULAR_RETWEETS
from twitterlab.parts.replica import Add, Change, Count, Put, Remove, Replica
from twitterlab.parts.shards import Phase
from twitterlab.platform.regional import costs
from twitterlab.platform.regional.base import Base
from twitterlab.platform.regional.couriers import Couriers
from twitterlab.platform.regional.feeding import Feeding
from twitterlab.platform.regional.handover import Handover
from twitterlab.platform.regional.keeper import Keeper
from twitterlab.platform.regional.lag import Lag
from twitterlab.platform.regional.layout import Layout, group_of, machine
from twitterlab.platform.regional.once import Once
from twitterlab.platform.regional.owners import Owners
from twitterlab.platform.regional.people import People
from twitterlab.platform.regional.sync import Sync
from twitterlab.platform.regional.timelines import HomeTimelines
from twitterlab.world.node import Node

MATE_MS = 150.0
PAGE = 20
CHANGES: dict[str, type[Change]] = {"put": Put, "add": Add, "remove": Remove, "count": Count}


class Shard:
    """One start of one shard machine. One that `is_new` waits for the leader of its join (`joining.py`)."""

    def __init__(
        self, node: Node, continent: str, me: str, layout: Layout, blueprint: Blueprint, base: Base,
        is_new: bool = False,
    ) -> None:  # fmt: skip
        self.is_new = is_new
        self._node, self._continent, self._me, self._layout = node, continent, me, layout
        self._owners = Owners(blueprint.ring, layout, me)
        self.ring = self._owners.ring
        self._base, self._blueprint = base, blueprint
        self.keepers: dict[str, Keeper] = {}
        for other in (member.name for member in layout.members if member.name != me):
            group = group_of((me, other))
            self.keepers[group] = self._new_keeper(group)
        self.people = People(base, self._replica)
        self.timelines = HomeTimelines(node, continent, self.ring, blueprint.shards(), self.people)
        self._couriers = Couriers(node, "deliver", "rebuild")
        self._edge = machine(continent, "e1")
        self._popular: set[int] = set()
        self.served = 0
        self.lag = Lag(node.stopwatch_ns)
        self._made = Once[int]()
        self._feeding = Feeding(self._owners, self.keepers, self._author, self._fed)

    async def run(self) -> None:
        """Recover, catch up, then serve. Until it has caught up it refuses what it cannot answer truly."""
        self._sync = Sync(self._node, self._continent, self._me, self._layout, self.keepers, self._merged, self.lag)
        self._handover = Handover(self._owners, self.keepers, self._feeding, self._sync, self._new_keeper)
        self._node.serve("deliver", self._deliver)
        self._node.serve("rebuild", self._rebuild)
        self._node.serve("phase", self._phase)
        self._node.serve("backfill", lambda nothing: self._sync.backfill())
        self._node.serve("verify", lambda nothing: self._sync.lacks())
        if not self.is_new:
            self._node.serve("authored", self._authored)
            await self._begin_again()
            self._open()
        self._node.spawn(self._sync.repair(), f"{self._node.name}.repair")

    async def _begin_again(self) -> None:
        """What this machine had, and what others have had since; nothing at the first start."""
        if not (self._node.disk.names() or self._owners.has_joined):
            return
        for keeper in self.keepers.values():
            self._learn(await keeper.recover(), keeper)
        await self._sync.catch_up()
        with suppress(Refused):  # a full disk: what was fed is in memory all the same
            await self._feeding.feed_all()

    def _open(self) -> None:
        """Answer the gateways, and other shards."""
        self._node.serve("authored", self._authored)
        self._node.serve("home", self._home)
        self._node.serve("write", self._write)
        self._node.serve("page", self._page)

    # What people ask for.

    async def _home(self, asked: list[Any]) -> list[Any]:
        """[user, before_id, limit]: rows of [id, author, text], and whether no shard was missing."""
        user, before_id, limit = asked
        await self._node.spend(costs.HOME)
        self.served += 1
        ids, is_whole = await self.timelines.page(user, before_id, limit)
        return [[self._row(tweet_id) for tweet_id in ids], is_whole]

    async def _page(self, author: int) -> list[Any]:
        """An author's public page: profile, newest tweets with their likes, and whether one of them is popular."""
        await self._node.spend(costs.HOME)
        self.served += 1
        replica = self._replica(author)
        if replica is None:
            raise Refused(f"{self._me} does not keep person {author}", "elsewhere")
        ids = self.people.newest([author], 1 << 62, PAGE)
        rows = [[*self._row(tweet_id, author), replica.counter(f"likes/{tweet_id}")] for tweet_id in ids]
        return [replica.register(f"profile/{author}") or "", rows, not self._popular.isdisjoint(ids)]

    async def _write(self, asked: list[Any]) -> int:
        """[user, changes as [kind, key, value], name of the write, until when it counts]: acknowledged when this disk
        has them, and the neighbour's if it answers; on how many they are. The network may bring a write twice: it is
        made once."""
        user, wanted, name, until_ms = asked
        keeper = self._keeper(user)
        changes = [CHANGES[kind](key, value) for kind, key, value in wanted]
        return await self._made.do(name, lambda: self._make(keeper, changes, until_ms))

    async def _make(self, keeper: Keeper, changes: Sequence[Change], until_ms: float) -> int:
        await self._node.spend(costs.WRITE)
        if self._node.clock.now_ms() > until_ms:
            raise Refused("the gateway has asked the neighbour by now", "late")
        self.served += 1
        try:
            delta = await keeper.write(changes)
        except Refused as full:
            raise Uncertain(f"it is in memory, and not on disk: {full.reason}") from None
        copies = 1 + await self._sync.to_mate(keeper.group, delta, MATE_MS)
        self._sync.written(keeper.group)
        keys = [change.key for change in changes]
        await self._handover.written(keeper, keys, MATE_MS)
        self._learn(keys, keeper)
        return copies

    # While another machine joins.

    async def _phase(self, said: list[int]) -> bool:
        """[phase, shards]: how far the join of the last of so many shards is. The answer is that it is so here."""
        phase, shards = said
        if self.is_new and phase >= Phase.CUT_OVER:
            self.is_new = False
            self._open()
        await self._handover.advance(Phase(phase), Layout(shards=shards).members[-1])
        return True

    def _new_keeper(self, group: str) -> Keeper:
        return Keeper(self._node, group, self._blueprint.replica)

    def _fed(self, later: Keeper, keys: Sequence[str]) -> None:
        if not self._owners.is_preparing:
            self._learn(keys, later)

    def _author(self, tweet_id: int) -> int | None:
        known = self.timelines.tweets.get(tweet_id) or self._base.tweet(tweet_id)
        return known[0] if known else None

    # What other shards ask for.

    async def _authored(self, asked: list[Any]) -> list[Any]:
        """[authors, before_id, count]: the newest rows of these authors."""
        authors, before_id, count = asked
        await self._node.spend(costs.AUTHORED)
        return [self._row(tweet_id) for tweet_id in self.people.newest(authors, before_id, count)]

    async def _deliver(self, rows: list[Any]) -> None:
        """New tweets of this continent, for those of my people who follow their authors; without a text: it is gone."""
        await self._node.spend(costs.DELIVER)
        takers = self.timelines.open
        for tweet_id, author, text in rows:
            if text is None:
                self.timelines.drop(tweet_id)
                continue
            base = [user for user in self.people.base_followers(author) if user in takers]
            users = [user for user in self.people.followers(author, base) if user in takers]
            if author in takers:
                users.append(author)
            await self.timelines.push(users, tweet_id, author, text)

    async def _rebuild(self, nothing: Any) -> None:
        await self.timelines.forget(list(self.timelines.open))

    # Within.

    def _merged(self, keeper: Keeper, keys: Sequence[str]) -> None:
        self._learn(keys, keeper)
        if self._owners.has_joined:
            self._node.spawn(self._handover.merged(keeper, keys))

    def _learn(self, keys: Sequence[str], keeper: Keeper) -> None:
        """Keys have changed: bring new tweets to timelines, forget what rests on old ones, purge the edge."""
        stale: set[str] = set()
        for key in keys:
            kind, _, number = key.partition("/")
            person = int(number)
            if kind in ("tweets", "gone"):
                self._learn_tweets(person, keeper.replica)
            elif kind == "tweet":
                self._learn_text(int(number), keeper.replica)
            elif kind == "retweets":
                self._learn_retweets(int(number), keeper.replica)
            elif kind in ("follows", "touched"):
                self.people.learn_follows(person)
                self._node.spawn(self.timelines.forget([person]))
            if kind in ("tweets", "gone", "profile"):
                stale.add(f"user:{person}")
        if stale:
            self._node.send(self._edge, "purge", sorted(stale))

    def _learn_tweets(self, author: int, replica: Replica) -> None:
        new, gone = self.people.learn_tweets(author)
        for tweet_id in new:
            text = replica.register(f"tweet/{tweet_id}") or ""
            self.timelines.tweets[tweet_id] = (author, text)
            self._bring_home([tweet_id, author, text])
        for tweet_id in gone:
            self._bring_home([tweet_id, author, None])

    def _learn_text(self, tweet_id: int, replica: Replica) -> None:
        """A text that comes after its tweet: two machines may have written both, and only one was heard of."""
        author, known = self.timelines.tweets.get(tweet_id, (0, None))
        text = replica.register(f"tweet/{tweet_id}") or ""
        if known is not None and known != text:
            self.timelines.tweets[tweet_id] = (author, text)
            self._bring_home([tweet_id, author, text])

    def _learn_retweets(self, tweet_id: int, replica: Replica) -> None:
        """The first time that it has so many, the edge is told: everybody is about to ask for its author's page."""
        if tweet_id in self._popular or replica.counter(f"retweets/{tweet_id}") <= POPULAR_RETWEETS:
            return
        self._popular.add(tweet_id)
        author = self._author(tweet_id)
        if author is not None:
            self._node.send(self._edge, "popular", author)

    def _bring_home(self, row: list[Any]) -> None:
        """To the timelines of this continent."""
        for member in self._owners.expected:
            self._couriers.put(machine(self._continent, member.name), row)

    def _row(self, tweet_id: int, author: int | None = None) -> list[Any]:
        known = self.timelines.tweets.get(tweet_id) or self._base.tweet(tweet_id)
        if known is None and author is not None:
            known = (author, self.people.text(author, tweet_id) or "")
        return [tweet_id, *(known or (0, ""))]

    def _keeper(self, user: int) -> Keeper:
        for group in self._owners.groups(user):
            if (keeper := self.keepers.get(group)) is not None:
                return keeper
        raise Refused(f"{self._me} does not keep person {user}", "elsewhere")

    def _replica(self, user: int) -> Replica | None:
        for group in self._owners.groups(user):
            if (keeper := self.keepers.get(group)) is not None:
                return keeper.replica
        return None
