"""From four shards to five while people post, delete and read, and machines crash at every step.

A coordinator follows the plan of the shards part; two gateways route by the phase they know of; shards keep tweets on
disk. Every machine acknowledges a phase before the next one begins: a gateway when nothing is under way that it had
sent under an earlier one, a shard when it has written it down, and from then on it refuses what was sent two phases ago.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from twitterlab.errors import Failure, Refused, Uncertain
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
    Slow,
)
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.given import Chance
from twitterlab.parts.ring import Member
from twitterlab.parts.shards import (
    Announce,
    Command,
    Compare,
    Copy,
    Done,
    Drop,
    Finished,
    Got,
    Merged,
    Phase,
    Progress,
    Query,
    Read,
)
from twitterlab.stage.promises import no_progress
from twitterlab.stage.scenario import Call, Violation
from twitterlab.stage.scenarios.reshard_pages import judge_pages
from twitterlab.world.node import Node
from twitterlab.world.sim import SimWorld

OLD = ("s1", "s2", "s3", "s4")
NEW = (*OLD, "s5")
GATEWAYS = ("g1", "g2")
AUTHORS, OLD_TWEETS, CLIENTS, POSTS = 60, 2, 4, 24
TIMEOUT_MS, AGAIN_MS, PAGE = 300.0, 60.0, 500
BEGIN_MS, BUSY_MS, LAST_MS = 300.0, 24_000.0, 29_000.0
PACE_MS = 450.0
"""Between two steps, so that moving does not crowd out serving; and so that people are there all the while."""
NEWEST = 1 << 62
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


class Router:
    """A gateway: routes each author by the phase it knows of."""

    def __init__(self, node: Node, system: Reshard) -> None:
        self._node, self._system = node, system
        self._shards = system.blueprint.shards()
        self._phase = Phase.BEFORE
        self._under_way: dict[int, int] = {}
        node.spawn(self._begin())

    async def _begin(self) -> None:
        """What phase it is, the coordinator knows."""
        while True:
            try:
                phase: int = await self._node.call("coordinator", "phase_now", None, TIMEOUT_MS)
            except Failure:
                await self._node.clock.sleep_ms(AGAIN_MS)
                continue
            self._phase = max(self._phase, Phase(phase))
            break
        self._node.serve("phase", self._learn)
        self._node.serve("post", self._post)
        self._node.serve("delete", self._delete)
        self._node.serve("page", self._page)

    async def _learn(self, phase: int) -> bool:
        """Acknowledged once everything that was sent under an earlier phase is over."""
        self._phase = max(self._phase, Phase(phase))
        while any(count for earlier, count in self._under_way.items() if earlier < self._phase):
            await self._node.clock.sleep_ms(5)
        return True

    async def _post(self, asked: list[Any]) -> bool:
        return await self._write("post", asked)

    async def _delete(self, asked: list[Any]) -> bool:
        return await self._write("delete", asked)

    async def _write(self, what: str, asked: list[Any]) -> bool:
        """On all owners, or who knows."""
        author, tweet_id = asked
        phase = self._phase
        self._under_way[phase] = self._under_way.get(phase, 0) + 1
        try:
            old, new = self._system.owners[author]
            for place, shard in enumerate(self._shards.route(phase, old, new).writes):
                try:
                    await self._node.call(shard, "write", [int(phase), what, author, tweet_id], TIMEOUT_MS)
                except Refused as refused:
                    raise (Uncertain(f"one owner has it, {refused.reason}") if place else refused) from None
        finally:
            self._under_way[phase] -= 1
        return True

    async def _page(self, limit: int) -> list[Any]:
        """The newest of everybody, and which shards are missing."""
        phase = self._phase
        self._under_way[phase] = self._under_way.get(phase, 0) + 1
        try:
            return await self._merged(phase, limit)
        finally:
            self._under_way[phase] -= 1

    async def _merged(self, phase: Phase, limit: int) -> list[Any]:
        authors: dict[str, list[int]] = {}
        for author, (old, new) in self._system.owners.items():
            authors.setdefault(self._shards.route(phase, old, new).read, []).append(author)
        query, got = Query(tuple(sorted(authors)), NEWEST, limit), dict[str, Got]()
        while True:
            step = self._shards.merge(query, got)
            if isinstance(step, Merged):
                return [list(step.ids), list(step.missing)]
            for read, answer in zip(step, await asyncio.gather(*(self._ask(r, authors) for r in step)), strict=True):
                before = got.get(read.shard, Got())
                got[read.shard] = Got((*before.ids, *answer.ids), answer.is_end, answer.is_dead)

    async def _ask(self, read: Read, authors: Mapping[str, list[int]]) -> Got:
        try:
            asked = [authors[read.shard], read.before_id, read.count]
            ids: list[int] = await self._node.call(read.shard, "newest", asked, TIMEOUT_MS)
        except Failure:
            return Got(is_dead=True)
        return Got(tuple(ids), is_end=len(ids) < read.count)


class Coordinator:
    """Does what the plan says, and writes down what it is about before it does it."""

    def __init__(self, node: Node, system: Reshard) -> None:
        self._node, self._system = node, system
        self._shards = system.blueprint.shards()
        self._progress = Progress()
        self.is_finished = False
        node.spawn(self._run())

    async def _run(self) -> None:
        if "progress" in self._node.disk.names():
            kept = json.loads(await self._node.disk.read("progress"))
            kept.update(phase=Phase(kept["phase"]), differing=tuple(kept["differing"]))
            self._progress = Progress(**kept)
        self._node.serve("phase_now", lambda nothing: int(self._progress.phase))
        self._node.serve("is_finished", lambda nothing: self.is_finished)
        await self._node.clock.sleep_ms(BEGIN_MS)
        done: Done | None = None
        while True:
            progress, command = self._shards.advance(self._progress, done)
            await self._node.disk.replace("progress", json.dumps(asdict(progress)).encode())
            await self._node.disk.fsync("progress")
            self._progress = progress
            self._node.log(f"{progress.phase.name}: {command}")
            if isinstance(command, Finished):
                self.is_finished = True
                return
            await self._node.clock.sleep_ms(PACE_MS)
            done = await self._until_done(command)

    async def _until_done(self, command: Command) -> Done:
        while True:
            try:
                return await self._do(command)
            except Failure:
                await self._node.clock.sleep_ms(AGAIN_MS)

    async def _do(self, command: Command) -> Done:
        if isinstance(command, Announce):
            for name in (*NEW, *GATEWAYS):
                await self._node.call(name, "phase", int(command.phase), TIMEOUT_MS)
            return Done()
        assert not isinstance(command, Finished)
        keys = command.keys if isinstance(command, Copy) and command.keys else self._next(command)
        differing = []
        for author in keys:
            old, new = self._system.owners[author]
            if isinstance(command, Drop):
                await self._node.call(old, "drop", author, TIMEOUT_MS)
                continue
            ids, gone = await self._node.call(old, "rows", author, TIMEOUT_MS)
            if isinstance(command, Copy):
                await self._node.call(new, "copy", [author, ids, gone], TIMEOUT_MS)
            else:
                there, gone_there = await self._node.call(new, "rows", author, TIMEOUT_MS)
                if not (set(ids) <= {*there, *gone_there} and set(gone) <= set(gone_there)):
                    differing.append(author)
        return Done(keys[-1] if keys else None, tuple(differing))

    def _next(self, command: Copy | Compare | Drop) -> tuple[int, ...]:
        moving = [author for author, (old, new) in self._system.owners.items() if old != new]
        return tuple(author for author in moving if author > command.after_key)[: min(command.limit, 4)]


class Reshard:
    """See the module. `blueprint` gives the ring and the shards part."""

    name = "reshard"
    about = "from four shards to five while people post, delete and read: no tweet is invisible, lost or doubled"
    nodes: Sequence[str] = (*NEW, *GATEWAYS, "coordinator")
    kinds: Sequence[type[Fault]] = (Crash, Pause, Slow, Partition, Lossy, Delay, Duplicating, Reordering)
    most_down: int | None = None
    until_ms = 32_000.0
    model = ""

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
                    found.append(Call(at_ms, me, "page", value=PAGE))
        last = [Call(LAST_MS + 100 * me, me, "page", value=PAGE) for me in range(CLIENTS)]
        return [*found, *last, Call(LAST_MS + 1_000, 0, "is_finished")]

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
        old = [tweet for author in self.owners for tweet in self.old_tweets(author)]
        return [*judge_pages(rows, old), *_finished(rows), *no_progress(history, plan)]


def _finished(rows: Sequence[Mapping[str, Any]]) -> list[Violation]:
    ends = [row["value"] for row in rows if row["f"] == "is_finished" and row["type"] == "ok"]
    return [] if any(ends) else [Violation("progress", "the reshard has not come to its end")]
