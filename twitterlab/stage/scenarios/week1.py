"""The Week-1 system under faults: a gateway, a worker and a Redis on machines of their own, which fail.

`Platform` runs unchanged, once on the gateway's node and once on the worker's. Rows are in SQLite, on a disk that both
reach and that survives every crash; the event log, the cache and home timelines are in Redis, across the network, with
every write on disk. People post and read from machines of their own. When everything has healed, everybody reads
their home timeline once more: no acknowledged tweet of anybody they follow may be missing, none may be there twice,
none nobody posted; and no worker may have delivered a tweet twice.

Not modelled: a power cut that takes what SQLite has not yet flushed. What the course waits for, it flushes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from redis import RedisError

from twitterlab.bench.oracle import Oracle
from twitterlab.errors import Failure, Refused
from twitterlab.model.fault import Crash, Delay, Fault, FaultPlan, Lossy, Partition, Pause, Slow
from twitterlab.model.user import User
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.given import Chance
from twitterlab.parts.queue import QueuePolicy
from twitterlab.platform.platform import OUTAGE_MS, Platform
from twitterlab.stage.accidents import Accidents, origin
from twitterlab.stage.charging import charged
from twitterlab.stage.profile import read
from twitterlab.stage.promises import no_progress
from twitterlab.stage.scenario import NS_PER_MS, Call, Violation
from twitterlab.stage.spies import TimelineSpy
from twitterlab.storage.outbox.sqlite import SqliteOutbox
from twitterlab.storage.stores import Stores, open_stores
from twitterlab.storage.timelines.redis import RedisTimelines
from twitterlab.world.node import Node
from twitterlab.world.redis_node import RedisServer, node_redis
from twitterlab.world.samplers import Sampler
from twitterlab.world.sim import SimWorld

PEOPLE, CALLS = 6, 10
FOLLOWS = {me: tuple((me + step) % PEOPLE for step in (1, 2, 3)) for me in range(PEOPLE)}
"""Who follows whom, by number."""
FIRST_ID = 1
TIMEOUT_MS, REDIS_TIMEOUT_MS = 2_000, 300
POLICY = QueuePolicy(max_attempts=1_000, lease_ms=2_000, max_backoff_ms=500)
"""Nothing is given up while the network loses messages; a dead worker's events are taken over within the run."""
BUSY_MS, LAST_MS = 8_000.0, 13_500.0
PAGE = 100
BROKEN = "broken"
OUTAGES = (Failure, RedisError, OSError)
"""What a worker may be brought down by without being wrong: it is started again."""
BLAMES: Mapping[str, tuple[str, ...]] = {
    "runs to its end": ("snowflake", "schema", "cache", "queue", "meter"),
    "answers": ("snowflake", "schema", "cache", "queue"),
    "ids are unique": ("snowflake",),
    "delivered once": ("queue",),
    "nothing lost": ("queue", "cache", "schema"),
    "nothing repeated": ("cache", "queue"),
    "nothing strange": ("cache", "snowflake", "schema"),
    "progress": ("queue", "cache"),
    "the worker works": ("queue",),
}
"""Which parts stand behind each promise."""


class Rows:
    """SQLite on a disk of its own, opened once: each process has its own ports to it."""

    def __init__(self, blueprint: Blueprint) -> None:
        self._folder = TemporaryDirectory(prefix="twitterlab-")
        self._stores = open_stores("sqlite", Path(self._folder.name), blueprint.schema())
        self._has_people = False

    async def populate(self, now_ms: int) -> None:
        """Accounts and follows, before anything happens."""
        if self._has_people:
            return
        for me in range(PEOPLE):
            await self._stores.users.add(User(FIRST_ID + me, f"user{me}", f"User {me}", now_ms))
        pairs = [(FIRST_ID + me, FIRST_ID + other) for me, others in FOLLOWS.items() for other in others]
        await self._stores.follows.follow_many(pairs, now_ms)
        self._has_people = True

    def on(self, node: Node, redis: Any) -> Stores:
        """The ports of a process that has just started on `node`."""
        stores = charged(self._stores, node)
        assert isinstance(self._stores.outbox, SqliteOutbox)
        stores.outbox = self._stores.outbox.reopened()
        stores.timelines = RedisTimelines(redis)
        return stores

    def close(self) -> None:
        asyncio.run(self._stores.close())
        self._folder.cleanup()


class Week1:
    """See the module. `blueprint` is the system; `profile` says what its storage costs: if left out, what it cost on
    the machine of `profile.json`."""

    name = "week1"
    about = "the system of Week 1: gateway, worker, Redis; nothing acknowledged is lost, nothing is delivered twice"
    nodes = ("gateway", "worker", "redis")
    kinds: Sequence[type[Fault]] = (Crash, Pause, Slow, Partition, Lossy, Delay)
    most_down = None
    until_ms = 15_000.0
    model = ""
    blames = BLAMES

    def __init__(self, blueprint: Blueprint, profile: Mapping[str, Sampler] | None = None) -> None:
        self._blueprint = blueprint
        self._profile = read().samplers() if profile is None else profile
        self._rows: Rows | None = None
        self._oracle, self._worker_broke = Oracle(), Accidents()

    def calls(self, chance: Chance) -> Sequence[Call]:
        drawn = [
            Call(chance.random() * BUSY_MS, me, "post" if chance.below(2) else "home", me, f"{me}-{number}")
            for me in range(PEOPLE)
            for number in range(CALLS)
        ]
        return [*drawn, *(Call(LAST_MS + me, me, "home", me) for me in range(PEOPLE))]

    def build(self, world: SimWorld) -> None:
        self._close()
        self._rows, self._oracle, self._worker_broke = Rows(self._blueprint), Oracle(), Accidents()
        world.nodes.add("redis", RedisServer(is_durable=True))
        world.nodes.add("gateway", self._gateway, profile=self._profile)
        world.nodes.add("worker", self._worker, profile=self._profile)

    async def perform(self, client: Node, call: Call) -> Any:
        """A post is keyed, as every client of the course does it: what the network repeats is posted once."""
        try:
            return await client.call("gateway", call.f, [FIRST_ID + call.process, call.value], TIMEOUT_MS)
        except Refused as refused:
            if refused.kind in (BROKEN, "taken"):
                return {BROKEN: refused.reason}
            raise

    def check(self, history: Sequence[str], plan: FaultPlan) -> Sequence[Violation]:
        self._close()
        rows = [json.loads(line) for line in history]
        found = [*_broken(rows), *_ids(rows), *_timelines(rows), *no_progress(history, plan)]
        if self._oracle.redelivered:
            found.append(Violation("delivered once", f"{self._oracle.redelivered} deliveries were made twice"))
        if said := self._worker_broke.commonest():
            found.append(Violation("the worker works", said))
        return found

    async def _gateway(self, node: Node) -> None:
        assert self._rows is not None
        await self._rows.populate(node.clock.now_ms())
        platform = self._platform(node, 0)

        async def post(asked: list[Any]) -> int:
            me, said = asked
            return (await _answer(platform.client.post(me, said, key=said))).id  # type: ignore[no-any-return]

        async def home(asked: list[Any]) -> list[int]:
            page = await _answer(platform.client.home(asked[0], None, PAGE))
            return [view.tweet.id for view in page.items]

        node.serve("post", post)
        node.serve("home", home)

    async def _worker(self, node: Node) -> None:
        """Starts again whatever breaks, as a supervisor does."""
        platform, accidents = self._platform(node, 1), self._worker_broke
        while True:
            try:
                await platform.run(asyncio.Event())
            except Exception as error:
                node.log(f"the worker broke: {error!r}")
                if not isinstance(error, OUTAGES):
                    accidents.happened(error, "delivering")
                await node.clock.sleep_ms(OUTAGE_MS)

    def _platform(self, node: Node, machine: int) -> Platform:
        assert self._rows is not None
        redis = node_redis(node, "redis", REDIS_TIMEOUT_MS)
        stores = self._rows.on(node, redis)
        stores.timelines = TimelineSpy(stores.timelines, self._oracle)
        return Platform(self._blueprint, node, stores, redis, POLICY, machine, f"{node.name}-{node.starts}")

    def _close(self) -> None:
        if self._rows is not None:
            self._rows.close()
            self._rows = None


async def _answer(call: Any) -> Any:
    """What a person's call gives. A part that breaks is no answer, and said so."""
    try:
        return await call
    except Failure:
        raise
    except (RedisError, OSError) as error:
        raise Refused(f"{error}", "unavailable") from None
    except Exception as error:
        raise Refused(f"{error!r}{origin(error)[1]}", BROKEN) from None


def _broken(rows: Sequence[Mapping[str, Any]]) -> list[Violation]:
    said = [row["value"][BROKEN] for row in rows if row["type"] == "ok" and isinstance(row["value"], dict)]
    return [Violation("answers", f"{len(said)} calls broke, the first: {said[0]}")] if said else []


def _ids(rows: Sequence[Mapping[str, Any]]) -> list[Violation]:
    """Each post has a key of its own, so two that were acknowledged under one id are one tweet too few."""
    posts = [row["value"] for row in rows if row["f"] == "post" and row["type"] == "ok"]
    made = [value for value in posts if not isinstance(value, dict)]
    twice = len(made) - len(set(made))
    return [Violation("ids are unique", f"{twice} posts were acknowledged under another's id")] if twice else []


def _timelines(rows: Sequence[Mapping[str, Any]]) -> list[Violation]:
    """Everybody's last page against what was acknowledged."""
    posted: dict[int, set[int]] = {me: set() for me in range(PEOPLE)}
    doubted: set[int] = set()
    last: dict[int, list[int]] = {}
    asked: set[int] = set()
    for row in rows:
        me, is_answer = row["key"], row["type"] == "ok" and not isinstance(row["value"], dict)
        if row["f"] == "post" and is_answer:
            posted[me].add(row["value"])
        elif row["f"] == "post" and row["type"] == "info":
            doubted.add(me)
        elif row["f"] == "home" and is_answer and row["time"] >= LAST_MS * NS_PER_MS:
            last[me] = row["value"]
        elif row["f"] == "home" and row["type"] == "invoke" and row["time"] >= LAST_MS * NS_PER_MS:
            asked.add(me)
    unanswered = sorted(asked.difference(last))
    found = [Violation("progress", f"after the healing person {me} is not shown their home") for me in unanswered]
    for me, shown in sorted(last.items()):
        authors = {me, *FOLLOWS[me]}
        due: set[int] = set().union(*(posted[author] for author in authors))
        if lost := sorted(due.difference(shown)):
            found.append(Violation("nothing lost", f"person {me} misses {len(lost)} of {len(due)} tweets: {lost[0]}"))
        if repeated := len(shown) - len(set(shown)):
            found.append(Violation("nothing repeated", f"person {me} is shown {repeated} tweets twice"))
        if (strange := set(shown) - due) and not doubted & authors:
            found.append(Violation("nothing strange", f"person {me} is shown {len(strange)} tweets nobody posted"))
    return found
