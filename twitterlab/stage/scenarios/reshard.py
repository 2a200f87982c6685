"""From four shards to five while people post, delete and read, and machines crash at every step.

A coordinator follows the plan of the shards part; two gateways route by the phase they know of; shards keep tweets on
disk. Every machine acknowledges a phase before the next one begins: a gateway when nothing is under way that it had
sent under an earlier one, a shard when it has written it down, and from then on it refuses what was sent two phases ago.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from twitterlab.errors import Refused
from twitterlab.model.fault import (
    Crash,
    Delay,
    Duplicating,
    Fault,
    FaultPlan,
    Lossy,
    Partition,
    Pause,
    Reordering,
    Scheduled,
    Slow,
)
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.given import Chance
from twitterlab.parts.ring import Member
from twitterlab.stage.promises import no_progress
from twitterlab.stage.scenario import Call, Violation
from twitterlab.stage.scenarios.reshard_machines import Coordinator, Pace, Router
from twitterlab.stage.scenarios.reshard_pages import judge_pages
from twitterlab.stage.scenarios.reshard_sets import not_linearizable
from twitterlab.world.node import Node
from twitterlab.world.sim import SimWorld

OLD = ("s1", "s2", "s3", "s4")
NEW = (*OLD, "s5")
GATEWAYS = ("g1", "g2")
AUTHORS, OLD_TWEETS, CLIENTS, POSTS = 60, 2, 4, 24
PAGE, SHORT = 500, 30
"""A page of everything, and one for which shards must be asked again and again."""
BUSY_MS, LAST_MS = 26_000.0, 40_000.0
FINISHED_MS = 41_800.0
"""Undisturbed it takes some 13 s, and so it does if it has to begin when everything has healed, at 28 s."""
PACE = Pace(timeout_ms=300.0, again_ms=60.0, begin_ms=300.0, step_ms=600.0, keys=4)
"""So slow that people are there all the while, and whatever strikes, strikes amid it."""
CRASHES_UNTIL_MS, MOST_DOWN_MS, CUT_MS = 13_000.0, 1_500.0, 2_000.0
STALE = "stale"


class Store:
    """A shard: tweets and deletions by author, in memory and in a log. Doing anything twice does no harm."""

    def __init__(self, node: Node, old_tweets: Mapping[int, Sequence[int]]) -> None:
        self._node, self._turn = node, asyncio.Lock()
        self._phase = 0
        self._ids: dict[int, set[int]] = {author: set(ids) for author, ids in old_tweets.items()}
        self._gone: dict[int, set[int]] = {}
        node.spawn(self._recover())

    async def _recover(self) -> None:
        if "log" in self._node.disk.names():
            for line in bytes(await self._node.disk.read("log")).split(b"\n"):
                try:
                    self._apply(*json.loads(line))
                except ValueError:
                    continue
        self._node.serve("phase", self._learn)
        self._node.serve("write", self._write)
        self._node.serve("newest", self._newest)
        self._node.serve("rows", self._rows)
        self._node.serve("copy", self._copy)
        self._node.serve("drop", self._drop)

    def _apply(self, what: str, author: int, ids: Any) -> None:
        if what == "phase":
            self._phase = max(self._phase, author)
        elif what == "post":
            self._ids.setdefault(author, set()).update(set(ids) - self._gone.get(author, set()))
        elif what == "delete":
            self._gone.setdefault(author, set()).update(ids)
            self._ids.get(author, set()).difference_update(ids)
        else:
            self._ids.pop(author, None)
            self._gone.pop(author, None)

    async def _keep(self, *record: Any) -> None:
        """In the log before anybody sees it."""
        async with self._turn:
            await self._node.disk.append("log", b"\n" + json.dumps(record).encode() + b"\n")
            await self._node.disk.fsync("log")
        self._apply(*record)

    async def _learn(self, phase: int) -> bool:
        await self._keep("phase", phase, [])
        return True

    async def _write(self, asked: list[Any]) -> bool:
        phase, what, author, tweet_id = asked
        if phase < self._phase - 1:
            raise Refused("this was sent two phases ago", STALE)
        await self._keep(what, author, [tweet_id])
        return True

    def _newest(self, asked: list[Any]) -> list[int]:
        authors, before_id, count = asked
        found = [i for author in authors for i in self._ids.get(author, ()) if i < before_id]
        return sorted(found, reverse=True)[:count]

    def _rows(self, author: int) -> list[list[int]]:
        return [sorted(self._ids.get(author, ())), sorted(self._gone.get(author, ()))]

    async def _copy(self, asked: list[Any]) -> bool:
        author, ids, gone = asked
        await self._keep("delete", author, gone)
        await self._keep("post", author, ids)
        return True

    async def _drop(self, author: int) -> bool:
        await self._keep("drop", author, [])
        return True


class Reshard:
    """See the module. `blueprint` gives the ring and the shards part."""

    name = "reshard"
    about = "from four shards to five while people post, delete and read: no tweet is invisible, lost or doubled"
    nodes: Sequence[str] = (*NEW, *GATEWAYS, "coordinator")
    kinds: Sequence[type[Fault]] = (Crash, Pause, Slow, Partition, Lossy, Delay, Duplicating, Reordering)
    most_down: int | None = None
    until_ms = 42_000.0
    model = ""
    machines: Sequence[str] = (*NEW, *GATEWAYS)
    pace = PACE

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        before, after = (blueprint.ring([Member(name) for name in names]) for names in (OLD, NEW))
        self.owners = {
            author: ((before.owners(author) or ("s1",))[0], (after.owners(author) or ("s1",))[0])
            for author in range(AUTHORS)
        }

    def calls(self, chance: Chance) -> Sequence[Call]:
        """People post and delete their own, and everybody looks; at the end everybody looks again."""
        found: list[Call] = []
        for me in range(CLIENTS):
            at_ms, mine = 0.0, []
            while at_ms < BUSY_MS:
                at_ms += chance.random() * 2 * BUSY_MS / (3 * POSTS)
                draw = chance.below(10)
                if draw < 4:
                    author = me + CLIENTS * chance.below(AUTHORS // CLIENTS)
                    mine.append((author, (1 << 40) + len(found) * CLIENTS + me))
                    found.append(Call(at_ms, me, "post", value=list(mine[-1])))
                elif draw < 5 and mine:
                    found.append(Call(at_ms, me, "delete", value=list(mine.pop(chance.below(len(mine))))))
                else:
                    found.append(Call(at_ms, me, "page", value=(PAGE, SHORT)[chance.below(2)]))
        last = [Call(LAST_MS + 100 * me, me, "page", value=PAGE) for me in range(CLIENTS)]
        return [*found, *last, Call(FINISHED_MS, 0, "is_finished")]

    def besides(self, chance: Chance) -> Sequence[Scheduled]:
        """The coordinator, a gateway and a store crash while people are moved, whatever else goes wrong; and twice a
        gateway does not hear of the coordinator for a while, and goes on serving by the phase it knows."""
        names = ("coordinator", GATEWAYS[chance.below(len(GATEWAYS))], NEW[chance.below(len(NEW))])

        def some_time() -> float:
            return round(PACE.begin_ms + chance.random() * CRASHES_UNTIL_MS, 3)

        crashes = [
            Scheduled(
                some_time(), Crash(loses_power=chance.below(2) == 1), (name,), round(chance.random() * MOST_DOWN_MS, 3)
            )
            for name in names
        ]
        cuts = [Scheduled(some_time(), Partition((gateway,)), ("coordinator",), CUT_MS) for gateway in GATEWAYS]
        return [*crashes, *cuts]

    def build(self, world: SimWorld) -> None:
        for place, name in enumerate(NEW):
            world.nodes.add(name, self._store, zone="abc"[place % 3])
        for place, name in enumerate(GATEWAYS):
            world.nodes.add(name, self._router, zone="abc"[place])
        world.nodes.add("coordinator", self._coordinator, zone="c")

    def _store(self, node: Node) -> None:
        Store(node, {author: self.old_tweets(author) for author, (old, _) in self.owners.items() if old == node.name})

    def _router(self, node: Node) -> None:
        Router(node, self)

    def _coordinator(self, node: Node) -> None:
        Coordinator(node, self)

    @staticmethod
    def old_tweets(author: int) -> list[int]:
        """What an author had posted before it all began."""
        return [(1 << 30) + author * OLD_TWEETS + number for number in range(OLD_TWEETS)]

    async def perform(self, client: Node, call: Call) -> Any:
        """By one gateway or the other; a page with a shard missing is asked for again, and says so in the end."""
        if call.f == "is_finished":
            return await client.call("coordinator", "is_finished", None, 1_000)
        gateway = GATEWAYS[(call.process + round(call.at_ms)) % len(GATEWAYS)]
        answer = await client.call(gateway, call.f, call.value, 2_000)
        if call.f == "page" and answer[1]:
            raise Refused(f"{answer[1]} did not answer", "partial")
        return answer

    def check(self, history: Sequence[str], plan: FaultPlan) -> Sequence[Violation]:
        rows = [json.loads(line) for line in history]
        old = {author: self.old_tweets(author) for author in self.owners}
        staying = [author for author, (before, after) in self.owners.items() if before == after]
        return [
            *judge_pages(rows, old),
            *not_linearizable(rows, staying),
            *_finished(rows),
            *no_progress(history, plan),
        ]


def _finished(rows: Sequence[Mapping[str, Any]]) -> list[Violation]:
    ends = [row["value"] for row in rows if row["f"] == "is_finished" and row["type"] == "ok"]
    return [] if any(ends) else [Violation("progress", "the reshard has not come to its end")]
