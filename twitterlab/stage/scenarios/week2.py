"""The system of Week 2 under faults, small: three continents, three shards and a gateway on each, eight people.

People post, like, follow, and change their profiles on all continents at once, while machines crash, links break, and
messages are lost, repeated and overtaken. After the healing everybody's page and home must be the same everywhere,
and show all that was acknowledged.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twitterlab.errors import Failure, Refused, Uncertain
from twitterlab.model.fault import (
    ClockDrift,
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
from twitterlab.platform.regional.edge import EdgeMachine
from twitterlab.platform.regional.gateway import Gateway
from twitterlab.platform.regional.layout import Layout, machine
from twitterlab.platform.regional.router import Router
from twitterlab.platform.regional.shard import Shard
from twitterlab.stage.profile import read
from twitterlab.stage.promises import no_progress
from twitterlab.stage.scenario import Call, Violation
from twitterlab.world.node import Node
from twitterlab.world.samplers import Sampler
from twitterlab.world.sim import SimWorld

LAYOUT = Layout(shards=3, gateways=1)
PEOPLE, CLIENTS, CALLS = 8, 6, 12
BUSY_MS, LAST_MS = 14_000.0, 40_000.0
GATEWAY_PER_S = 1_000.0
NEWEST, PAGE = 1 << 62, 400
FINAL = 100
"""Clients with numbers from here on read what is there in the end, one a continent."""


class Few:
    """A snapshot of a few people who have said nothing yet: each follows the next two."""

    users = PEOPLE

    def followees(self, user: int) -> Sequence[int]:
        return [(user + 1) % PEOPLE, (user + 2) % PEOPLE]

    def followers(self, user: int) -> Sequence[int]:
        return sorted([(user - 1) % PEOPLE, (user - 2) % PEOPLE])

    def tweets(self, author: int) -> Sequence[int]:
        return []

    def tweet(self, tweet_id: int) -> tuple[int, str] | None:
        return None


class Week2:
    """See the module. `blueprint` is the system; `profile` says what its work costs."""

    name = "week2"
    about = "the system of Week 2: three continents; nothing acknowledged is lost, and in the end all say the same"
    nodes: Sequence[str] = tuple(
        machine(continent.name, name)
        for continent in LAYOUT.continents
        for name in (*(member.name for member in LAYOUT.members), "g1")
    )
    kinds: Sequence[type[Fault]] = (Crash, Pause, Slow, Partition, Lossy, Delay, Duplicating, Reordering, ClockDrift)
    most_down: int | None = None
    until_ms = 45_000.0
    model = ""

    def __init__(self, blueprint: Blueprint, profile: Mapping[str, Sampler] | None = None) -> None:
        self._blueprint, self._base = blueprint, Few()
        self._profile = read().samplers() if profile is None else profile
        self._routers: dict[str, Router] = {}
        self._last: dict[int, int] = {}
        self._maybe: dict[int, int] = {}

    def calls(self, chance: Chance) -> Sequence[Call]:
        found = []
        for me in range(CLIENTS):
            times = sorted(chance.random() * BUSY_MS for _ in range(CALLS))
            for number, at_ms in enumerate(times):
                draw, person = chance.below(10), chance.below(PEOPLE)
                if draw < 4:
                    found.append(Call(at_ms, me, "post", me % PEOPLE, f"{me}-{number}"))
                elif draw < 6:
                    found.append(Call(at_ms, me, "like", person, person))
                elif draw < 8:
                    found.append(Call(at_ms, me, ("follow", "unfollow")[chance.below(2)], me, (me + 3) % PEOPLE))
                elif draw < 9:
                    found.append(Call(at_ms, me, "profile", person, f"{person} by {me}-{number}"))
                else:
                    found.append(Call(at_ms, me, "home", me, PAGE))
        for place, continent in enumerate(LAYOUT.continents):
            for person in range(PEOPLE):
                for what in ("page", "home"):
                    found.append(Call(LAST_MS, FINAL + place, f"final {what}", person, continent.name))
        return found

    def build(self, world: SimWorld) -> None:
        self._routers, self._last, self._maybe = {}, {}, {}
        for number, continent in enumerate(LAYOUT.continents):
            name, region = continent.name, continent.region
            for member in LAYOUT.members:
                world.nodes.add(
                    machine(name, member.name), self._shard(name, member.name), region=region, zone=member.zone,
                    profile=self._profile,
                )  # fmt: skip
            world.nodes.add(
                machine(name, "g1"), self._gateway(name, number), region=region, zone="a", profile=self._profile
            )  # fmt: skip
            world.nodes.add(machine(name, "e1"), self._edge(name), region=region, zone="a", profile=self._profile)

    async def perform(self, client: Node, call: Call) -> Any:
        """A person asks the nearest continent, or another; the last looks go to one continent each."""
        if call.f.startswith("final"):
            return await self._look(client, call)
        router = self._router(client, call.process)
        me, value = call.key, call.value
        if call.f == "post":
            self._last[me] = (await router.ask("post", [me, value])).body
            return self._last[me]
        if call.f == "home":
            return (await router.ask("home", [me, NEWEST, value])).body
        if call.f == "like":
            return await self._like(router, me)
        if call.f == "profile":
            return (await router.change(me, [["put", f"profile/{me}", value]])).body
        kind = "add" if call.f == "follow" else "remove"
        changes = [["add", f"touched/{me}", value], [kind, f"follows/{me}", value]]
        return (await router.change(me, changes)).body

    async def _like(self, router: Router, author: int) -> int | None:
        """The last tweet that anybody knows of; the answer is its id. Not tried again: it counts."""
        tweet_id = self._last.get(author)
        if tweet_id is None:
            return None
        try:
            await router.change(author, [["count", f"likes/{tweet_id}", 1]], is_once=True)
        except Uncertain:
            self._maybe[tweet_id] = self._maybe.get(tweet_id, 0) + 1
            raise
        return tweet_id

    async def _look(self, client: Node, call: Call) -> Any:
        """As often as it takes: everything has healed."""
        gateway, method = machine(call.value, "g1"), call.f.removeprefix("final ")
        asked = call.key if method == "page" else [call.key, NEWEST, PAGE]
        for _ in range(3):
            try:
                answer = await client.call(gateway, method, asked, 1_000)
                return answer if method == "page" else answer[0]
            except Failure as broken:
                failure = broken
        raise Refused(failure.reason, "unavailable")

    def check(self, history: Sequence[str], plan: FaultPlan) -> Sequence[Violation]:
        rows = [json.loads(line) for line in history]
        final = {
            (row["f"], row["key"], place): row["value"]
            for row in rows
            if row["f"].startswith("final") and row["type"] == "ok"
            for place in (row["process"] - FINAL,)
        }
        return [
            *_converged(final),
            *_lost(rows, final),
            *_counted(rows, final, self._maybe),
            *no_progress(history, plan),
        ]

    def _router(self, client: Node, process: int) -> Router:
        if client.name not in self._routers:
            home = LAYOUT.continents[process % len(LAYOUT.continents)].name
            where = LAYOUT.gateways_in(LAYOUT.nearest(home))
            self._routers[client.name] = Router(client, self._blueprint, where, GATEWAY_PER_S)
        return self._routers[client.name]

    def _shard(self, continent: str, me: str) -> Callable[[Node], object]:
        return lambda node: Shard(node, continent, me, LAYOUT, self._blueprint, self._base).run()

    def _gateway(self, continent: str, number: int) -> Callable[[Node], object]:
        def start(node: Node) -> None:
            Gateway(node, continent, number, LAYOUT, self._blueprint)

        return start

    def _edge(self, continent: str) -> Callable[[Node], object]:
        def start(node: Node) -> None:
            EdgeMachine(node, continent, LAYOUT, self._blueprint, GATEWAY_PER_S)

        return start


Final = Mapping[tuple[str, int, int], Any]
"""What was shown in the end: (what, person, continent's number) to the answer."""


def _converged(final: Final) -> list[Violation]:
    found = []
    for what, person in sorted({(what, person) for what, person, _ in final}):
        answers = [final.get((what, person, place)) for place in range(len(LAYOUT.continents))]
        if None in answers:
            where = LAYOUT.continents[answers.index(None)].name
            found.append(Violation("progress", f"after the healing {where} does not answer {what} of {person}"))
        elif any(answer != answers[0] for answer in answers):
            found.append(Violation("all say the same", f"{what} of person {person} differs between continents"))
    return found


def _lost(rows: Sequence[Mapping[str, Any]], final: Final) -> list[Violation]:
    """Acknowledged tweets that are on no page, or not in the home of those who follow all the while."""
    posted: dict[int, set[int]] = {}
    for row in rows:
        if row["f"] == "post" and row["type"] == "ok":
            posted.setdefault(row["key"], set()).add(row["value"])
    found = []
    for (what, person, place), answer in sorted(final.items(), key=lambda item: item[0]):
        if what == "final page":
            shown, due = {row[0] for row in answer[1]}, posted.get(person, set())
        else:
            shown = {row[0] for row in answer}
            due = set[int]().union(*(posted.get(other, set()) for other in (person, *Few().followees(person))))
        if missing := sorted(due - shown):
            where = LAYOUT.continents[place].name
            found.append(
                Violation("nothing lost", f"{what} of {person} in {where} misses {len(missing)}: {missing[0]}")
            )
        ids = [row[0] for row in (answer[1] if what == "final page" else answer)]
        if len(set(ids)) < len(ids):
            found.append(Violation("nothing repeated", f"{what} of {person} shows a tweet twice"))
    return found


def _counted(rows: Sequence[Mapping[str, Any]], final: Final, maybe: Mapping[int, int]) -> list[Violation]:
    """Every like counts once: as many as were acknowledged, and at most those besides of which nobody knows."""
    liked: dict[int, int] = {}
    for row in rows:
        if row["f"] == "like" and row["type"] == "ok" and row["value"] is not None:
            liked[row["value"]] = liked.get(row["value"], 0) + 1
    found = []
    for (what, _, place), answer in sorted(final.items(), key=lambda item: item[0]):
        for tweet_id, _, _, likes in answer[1] if what == "final page" else ():
            least = liked.get(tweet_id, 0)
            if not least <= likes <= least + maybe.get(tweet_id, 0):
                where = LAYOUT.continents[place].name
                found.append(Violation("likes count once", f"{tweet_id} in {where} has {likes}, {least} were given"))
    return found
