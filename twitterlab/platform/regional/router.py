"""The way from a person to a gateway: the nearest continent that serves, and another one where it does not answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from twitterlab.errors import Failure, Refused, Uncertain
from twitterlab.parts.balancer import Backend, BalancerPolicy
from twitterlab.parts.blueprint import Blueprint
from twitterlab.world.node import Node

FIRST_MS, DEADLINE_MS = 700.0, 2_000.0
POLICY = BalancerPolicy(slow_floor_ms=400.0)
"""Continents are up to 250 ms apart."""
NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, at which try, and on which continent."""

    body: Any
    tries: int
    region: str = ""


class Router:
    """What stands for DNS and anycast: one for the people of a continent. `where` maps doors to their continents, the
    nearest first; `per_s` is what each can take. `answered` counts answers by the continent they came from."""

    def __init__(self, node: Node, blueprint: Blueprint, where: Mapping[str, str], per_s: float) -> None:
        self._node, self._where = node, dict(where)
        backends = [Backend(name, continent, per_s) for name, continent in where.items()]
        self._balancer = blueprint.balancer(backends, POLICY)
        self._chance = node.chance("router")
        self.retried = self.shed = self._writes = 0
        self.answered = dict.fromkeys(where.values(), 0)

    async def ask(self, method: str, body: Any, is_once: bool = False) -> Answer:
        """The answer within `DEADLINE_MS`: one try, and one more on another continent (`is_once`: none). Refused only where
        no try can have been carried out."""
        return await self._ask(method, lambda until_ms: body, is_once)

    async def _ask(self, method: str, body: Callable[[float], Any], is_once: bool = False) -> Answer:
        """`body` is told until when its try counts."""
        tried: tuple[str, ...] = ()
        failure: Failure = Refused("nobody has room", "limited")
        for tries, timeout_ms in enumerate((FIRST_MS, DEADLINE_MS - FIRST_MS), 1):
            name = self._balancer.choose(self._now_ms(), self._chance, tried)
            if name is None:
                self.shed += 1
                break
            asked_ns = self._node.stopwatch_ns()
            try:
                asked = body(self._node.clock.now_ms() + timeout_ms)
                found = await self._node.call(name, method, asked, timeout_ms)
            except Failure as broken:
                self._done(name, asked_ns, is_ok=False)
                failure = failure if isinstance(failure, Uncertain) else broken
                if is_once:
                    break
                self.retried += 1
                tried = tuple(other for other, where in self._where.items() if where == self._where[name])
                continue
            self._done(name, asked_ns, is_ok=True)
            self.answered[self._where[name]] += 1
            return Answer(found, tries, self._where[name])
        raise failure

    async def change(self, person: int, changes: list[list[Any]], is_once: bool = False) -> Answer:
        """Change a person's keys: [kind, key, value] each. The answer says on how many disks they surely are. Under a
        name of its own, so that it is made once; and a try that nobody waits for any more is not made at all, lest it
        undo what was written since."""
        name = self._name()
        return await self._ask("change", lambda until_ms: [person, changes, name, until_ms], is_once)

    async def post(self, author: int, text: str) -> Answer:
        """Post a tweet; the answer is its id. One that had to be tried on a second continent may be there twice."""
        name = self._name()
        return await self._ask("post", lambda until_ms: [author, text, name, until_ms])

    @property
    def region(self) -> str:
        """The continent in use."""
        return self._balancer.region(self._now_ms())

    def _name(self) -> str:
        """Of a write: no other has it."""
        self._writes += 1
        return f"{self._node.name}/{self._node.starts}/{self._writes}"

    def _done(self, name: str, asked_ns: int, is_ok: bool) -> None:
        self._balancer.finished(name, self._now_ms(), (self._node.stopwatch_ns() - asked_ns) / NS_PER_MS, is_ok)

    def _now_ms(self) -> int:
        return self._node.stopwatch_ns() // NS_PER_MS
