"""A gateway: finds the shards that keep a person's keys, asks one of them, and makes ids for what is new."""

from __future__ import annotations

from typing import Any

from twitterlab.errors import Failure, Refused, Uncertain
from twitterlab.parts.balancer import Backend, BalancerPolicy
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.shards import Phase
from twitterlab.parts.snowflake import Wait
from twitterlab.platform.regional import costs
from twitterlab.platform.regional.layout import Layout, machine
from twitterlab.platform.regional.once import Once
from twitterlab.world.node import Node

TRY_MS = 400.0
SHARD_PER_S = 2_000.0
"""What a shard is sent at most."""
POLICY = BalancerPolicy(slow_floor_ms=100.0)
"""Zones are 2 ms apart and writes wait for disks: what takes less than this is not ill."""
NS_PER_MS = 1_000_000


class Gateway:
    """One start of one gateway machine."""

    def __init__(self, node: Node, continent: str, number: int, layout: Layout, blueprint: Blueprint) -> None:
        self._node, self._continent = node, continent
        self._blueprint = blueprint
        self._open(layout)
        self._ids = blueprint.snowflake(number)
        self._chance = node.chance("balancer")
        self._posted, self._changed = Once[int](), Once[Any]()
        self.meter = blueprint.meter()
        node.serve("home", self._home)
        node.serve("page", self._page)
        node.serve("post", self._post)
        node.serve("change", self._change)
        node.serve("phase", self._phase)

    def _open(self, layout: Layout) -> None:
        """Ask the shards of this layout from now on, of whom nothing is known yet."""
        names = [member.name for member in layout.members]
        self._layout, self._ring = layout, self._blueprint.ring(layout.members)
        self._all = frozenset(names)
        self._but: dict[tuple[str, ...], tuple[str, ...]] = {}
        backends = [Backend(name, self._continent, SHARD_PER_S) for name in names]
        self._balancer = self._blueprint.balancer(backends, POLICY)

    def _phase(self, said: list[int]) -> bool:
        """[phase, shards]: how far the join of one more shard is."""
        phase, shards = said
        if phase >= Phase.CUT_OVER and shards == self._layout.shards + 1:
            self._open(self._layout.with_one_more())
        return True

    async def _home(self, asked: list[Any]) -> Any:
        """[user, before_id, limit]: their home timeline."""
        return await self._ask(asked[0], "home", asked)

    async def _page(self, author: int) -> Any:
        """An author's public page."""
        return await self._ask(author, "page", author)

    async def _post(self, asked: list[Any]) -> int:
        """[author, text, name of the write, until when it counts]: the tweet's id. The second try of a shard writes
        the same tweet, and so does a request that the network brings twice."""
        author, text, name, until_ms = asked
        return await self._posted.do(name, lambda: self._write(author, text, until_ms))

    async def _write(self, author: int, text: str, until_ms: float) -> int:
        self._in_time(until_ms)
        tweet_id = await self._next_id()
        changes = [["put", f"tweet/{tweet_id}", text], ["add", f"tweets/{author}", tweet_id]]
        await self._ask(author, "write", [author, changes, f"tweet/{tweet_id}", until_ms])
        return tweet_id

    async def _change(self, asked: list[Any]) -> int:
        """[person, changes, name of the write, until when it counts]: on how many of the shards that keep the
        person's keys they surely are."""
        self._in_time(asked[3])
        copies: int = await self._changed.do(asked[2], lambda: self._ask(asked[0], "write", asked))
        return copies

    def _in_time(self, until_ms: float) -> None:
        """Refused for what nobody waits for any more: this machine, or the network, stood still."""
        if self._node.clock.now_ms() > until_ms:
            raise Refused("it is too late", "late")

    async def _ask(self, person: int, method: str, body: Any) -> Any:
        """Ask one of the owners, and the other one where it does not answer. A change that counts is not repeated."""
        started_ns = self._node.stopwatch_ns()
        await self._node.spend(costs.ROUTE)
        owners = self._ring.owners(person, 2)
        tried: tuple[str, ...] = self._not(owners)
        failure: Failure = Refused("no shard is left to ask", "unavailable")
        for _ in owners:
            name = self._balancer.choose(self._now_ms(), self._chance, tried)
            if name is None:
                break
            asked_ns = self._node.stopwatch_ns()
            sent = body if method != "write" else [*body[:3], min(body[3], self._node.clock.now_ms() + TRY_MS)]
            try:
                answer = await self._node.call(machine(self._continent, name), method, sent, TRY_MS)
            except (Refused, Uncertain) as broken:
                self._done(name, asked_ns, is_ok=False)
                tried, failure = (*tried, name), failure if isinstance(failure, Uncertain) else broken
                if isinstance(broken, Uncertain) and method == "write" and _counts(body):
                    break
                continue
            self._done(name, asked_ns, is_ok=True)
            self.meter.record((self._node.stopwatch_ns() - started_ns) / NS_PER_MS)
            return 1 if method == "write" and isinstance(failure, Uncertain) else answer
        self.meter.record((self._node.stopwatch_ns() - started_ns) / NS_PER_MS, ok=False)
        raise failure

    def _not(self, owners: tuple[str, ...]) -> tuple[str, ...]:
        """Everybody but the owners."""
        found = self._but.get(owners)
        if found is None:
            found = self._but[owners] = tuple(sorted(self._all.difference(owners)))
        return found

    def _done(self, name: str, asked_ns: int, is_ok: bool) -> None:
        latency_ms = (self._node.stopwatch_ns() - asked_ns) / NS_PER_MS
        self._balancer.finished(name, self._now_ms(), latency_ms, is_ok)

    async def _next_id(self) -> int:
        while True:
            made = self._ids.next_id(self._node.clock.now_ms())
            if not isinstance(made, Wait):
                return made
            await self._node.clock.sleep_ms(max(1, made.until_ms - self._node.clock.now_ms()))

    def _now_ms(self) -> int:
        return self._node.stopwatch_ns() // NS_PER_MS


def _counts(body: list[Any]) -> bool:
    """Whether doing it twice would count twice."""
    return any(kind == "count" for kind, _, _ in body[1])
