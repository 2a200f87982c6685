"""Home timelines of the people of one shard: kept once somebody has asked, worked out from all shards until then."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from twitterlab.errors import Failure
from twitterlab.parts.ring import Ring
from twitterlab.parts.shards import Got, Merged, Query, Read, Shards
from twitterlab.platform.regional.layout import machine
from twitterlab.platform.regional.people import People
from twitterlab.storage.timelines.memory import MemoryTimelines
from twitterlab.world.node import Node

KEPT = 60
"""Ids of one home timeline, three pages; older pages are worked out each time."""
TIMEOUT_MS = 300
REMEMBERED = 10_000
"""Deleted tweets that are noticed when they come late."""


class HomeTimelines:
    """`page` gives ids, the authors and texts that came with them, and whether no shard was missing."""

    def __init__(self, node: Node, continent: str, ring: Ring, shards: Shards, people: People) -> None:
        self._node, self._continent, self._ring, self._shards, self._people = node, continent, ring, shards, people
        self._kept = MemoryTimelines(KEPT)
        self._gone: dict[int, None] = {}
        self._building: dict[int, object] = {}
        self.built: set[int] = set()
        self.open: set[int] = set()  # to what is delivered: built, or being built
        self.tweets: dict[int, tuple[int, str]] = {}
        self.rows_read = self.rows_shown = self.pages_merged = 0

    async def page(self, user: int, before_id: int, limit: int) -> tuple[list[int], bool]:
        """The newest ids below `before_id`. False: some shard did not answer, and its tweets are missing."""
        if user in self.built:
            ids = await self._kept.page(user, before_id, limit)
            if ids is not None and self._gone.keys().isdisjoint(ids):
                return ids, True
            if ids is not None:
                await self.forget([user])
        if before_id < 1 << 62:
            merged = await self.merged(user, before_id, limit)
            return self._there(merged), not merged.missing
        merged = await self._build(user)
        return self._there(merged)[:limit], not merged.missing

    async def _build(self, user: int) -> Merged:
        """Work the first pages out and keep them. What is delivered meanwhile goes with them; a change of whom `user`
        follows meanwhile makes them worthless."""
        mark = self._building[user] = object()
        self.open.add(user)
        merged = await self.merged(user, 1 << 62, KEPT)
        if self._building.get(user) is mark:
            del self._building[user]
            if merged.missing:
                await self.forget([user])
            else:
                await self._kept.fill(user, self._there(merged), is_whole=merged.next_before_id is None)
                self.built.add(user)
        return merged

    def _there(self, merged: Merged) -> list[int]:
        return [tweet_id for tweet_id in merged.ids if tweet_id not in self._gone]

    async def warm(self, user: int, ids: Sequence[int]) -> None:
        """Take over a timeline that the snapshot alone makes (its `KEPT` newest), before anything has happened."""
        await self._kept.fill(user, ids, is_whole=len(ids) < KEPT)
        self.built.add(user)
        self.open.add(user)

    def drop(self, tweet_id: int) -> None:
        """A tweet is gone. A timeline that has it is worked out anew when somebody asks; one that comes late is not
        let in."""
        self._gone[tweet_id] = None
        if len(self._gone) > REMEMBERED:
            del self._gone[next(iter(self._gone))]

    async def push(self, users: Sequence[int], tweet_id: int, author: int, text: str) -> None:
        """A new tweet, for those whose timelines are kept here."""
        if tweet_id in self._gone:
            return
        self.tweets[tweet_id] = (author, text)
        await self._kept.push([user for user in users if user in self.open], tweet_id)

    async def forget(self, users: Sequence[int]) -> None:
        """They follow others now, or what they were shown is gone: work it out when they ask."""
        self.built.difference_update(users)
        self.open.difference_update(users)
        for user in users:
            self._building.pop(user, None)
        await self._kept.forget(users)

    async def merged(self, user: int, before_id: int, limit: int) -> Merged:
        """A page worked out from all shards that keep people whom `user` follows."""
        authors: dict[str, list[int]] = {}
        for author in (user, *self._people.following(user)):
            authors.setdefault(self._ring.owners(author, 1)[0], []).append(author)
        query = Query(tuple(sorted(authors)), before_id, limit)
        got: dict[str, Got] = {}
        while True:
            step = self._shards.merge(query, got)
            if isinstance(step, Merged):
                self.pages_merged += 1
                self.rows_read += sum(len(answer.ids) for answer in got.values())
                self.rows_shown += len(step.ids)
                return step
            answers = await asyncio.gather(*(self._read(read, authors[read.shard]) for read in step))
            for read, answer in zip(step, answers, strict=True):
                before = got.get(read.shard, Got())
                got[read.shard] = Got((*before.ids, *answer.ids), answer.is_end, answer.is_dead)

    async def _read(self, read: Read, authors: list[int]) -> Got:
        """One shard's answer; where it is silent, those of its people's other owners."""
        rows = await self._ask(read.shard, authors, read)
        if rows is None:
            others: dict[str, list[int]] = {}
            for author in authors:
                others.setdefault(self._ring.owners(author, 2)[-1], []).append(author)
            parts = await asyncio.gather(*(self._ask(shard, theirs, read) for shard, theirs in sorted(others.items())))
            if any(part is None for part in parts):
                return Got(is_dead=True)
            rows = sorted((row for part in parts if part for row in part), reverse=True)[: read.count]
        for tweet_id, author, text in rows:
            self.tweets[tweet_id] = (author, text)
        return Got(tuple(row[0] for row in rows), is_end=len(rows) < read.count)

    async def _ask(self, shard: str, authors: list[int], read: Read) -> list[Any] | None:
        try:
            asked = [authors, read.before_id, read.count]
            answer: list[Any] = await self._node.call(machine(self._continent, shard), "authored", asked, TIMEOUT_MS)
        except Failure:
            return None
        return answer
