"""The system of Week 2 under faults, small: three continents, three shards and a gateway on each, nine people.

People post, delete, like, follow, and change their profiles on all continents at once, and look at what they and
others wrote, while machines crash, links break, and messages are lost, repeated and overtaken. Meanwhile a continent
shows people what it acknowledged to them; after the healing everybody's page and home must be the same everywhere,
and show all that was acknowledged. Decision 14 has the promises, and what is not promised.
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
    DiskFull,
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
from twitterlab.platform.regional.edge import EdgeMachine
from twitterlab.platform.regional.gateway import Gateway
from twitterlab.platform.regional.layout import Layout, machine
from twitterlab.platform.regional.router import Answer, Router
from twitterlab.platform.regional.shard import Shard
from twitterlab.stage.profile import read
from twitterlab.stage.promises import no_progress
from twitterlab.stage.scenario import Call, Violation
from twitterlab.stage.scenarios import week2_final as final
from twitterlab.stage.scenarios import week2_sessions
from twitterlab.stage.scenarios.week2_faults import besides
from twitterlab.stage.scenarios.week2_final import Final
from twitterlab.world.node import Node
from twitterlab.world.samplers import Sampler
from twitterlab.world.sim import SimWorld

LAYOUT = Layout(shards=3, gateways=1)
PEOPLE, CLIENTS, CALLS = 9, 9, 16
BUSY_MS, LAST_MS = 34_000.0, 50_000.0
GATEWAY_PER_S = 1_000.0
NEAR_MS = 12.0
LOOKS = 3
"""So soon, and so often, a neighbour looks at what is being written."""
NEWEST, PAGE = 1 << 62, 400
FINAL = 99
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
    kinds: Sequence[type[Fault]] = (
        Crash, Pause, Slow, Partition, Lossy, Delay, Duplicating, Reordering, ClockDrift, DiskFull,
    )  # fmt: skip
    most_down: int | None = None
    until_ms = 54_000.0
    model = ""

    def __init__(self, blueprint: Blueprint, profile: Mapping[str, Sampler] | None = None) -> None:
        self._blueprint, self._base = blueprint, Few()
        self._profile = read().samplers() if profile is None else profile
        self._routers: dict[str, Router] = {}
        self._mine: dict[int, list[int]] = {}
        self._maybe: dict[int, int] = {}
        self._deleting: set[int] = set()
        self._retried: set[str] = set()
        self._shards: dict[str, Shard] = {}

    def calls(self, chance: Chance) -> Sequence[Call]:
        found = []
        for me in range(CLIENTS):
            times = sorted(chance.random() * BUSY_MS for _ in range(CALLS))
            for number, at_ms in enumerate(times):
                found += self._some(chance, me, number, at_ms)
        for place, continent in enumerate(LAYOUT.continents):
            for person in range(PEOPLE):
                for what in ("page", "home"):
                    found.append(Call(LAST_MS, FINAL + place, f"final {what}", person, continent.name))
        return found

    @staticmethod
    def _some(chance: Chance, me: int, number: int, at_ms: float) -> list[Call]:
        """One thing that a person does. Whoever changes a profile looks at it, and so does a neighbour, at once."""
        draw, person = chance.below(12), chance.below(PEOPLE)
        if draw < 4:
            return [Call(at_ms, me, "post", me, f"{me}-{number}")]
        if draw < 6:
            return [Call(at_ms, me, "like", person, person)]
        if draw < 8:
            return [Call(at_ms, me, ("follow", "unfollow")[chance.below(2)], me, (me + 3) % PEOPLE)]
        if draw < 9:
            return [Call(at_ms, me, "delete", me)]
        if draw < 11:
            whose, neighbour = (person, me)[chance.below(2)], (me + len(LAYOUT.continents)) % CLIENTS
            return [
                Call(at_ms, me, "profile", whose, f"{whose} by {me}-{number}"),
                *(Call(at_ms + NEAR_MS * chance.random(), neighbour, "page", whose) for _ in range(LOOKS)),
                Call(at_ms + 1, me, "page", whose),
            ]
        return [Call(at_ms, me, "home", me, PAGE)]

    @staticmethod
    def besides(chance: Chance) -> Sequence[Scheduled]:
        """What goes wrong in every run, whatever else does."""
        return besides(chance, LAYOUT, Week2.nodes, BUSY_MS)

    @staticmethod
    def region_of(process: int) -> str:
        """People stand on all continents in turn."""
        return LAYOUT.continents[process % len(LAYOUT.continents)].region

    def build(self, world: SimWorld) -> None:
        self._routers, self._mine, self._maybe, self._deleting = {}, {}, {}, set()
        self._retried, self._shards = set(), {}
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
            return await self._post(router, me, value)
        if call.f == "home":
            return (await router.ask("home", [me, NEWEST, value])).body
        if call.f == "page":
            answer = await router.ask("page", me)
            return {"profile": answer.body[0], **_how(answer)}
        if call.f == "like":
            return await self._like(router, me)
        if call.f == "delete":
            return await self._delete(router, me)
        changes = [["put", f"profile/{me}", value]]
        if call.f in ("follow", "unfollow"):
            kind = "add" if call.f == "follow" else "remove"
            changes = [["add", f"touched/{me}", value], [kind, f"follows/{me}", value]]
        answer = await router.change(me, changes)
        return {"copies": answer.body, **_how(answer)}

    async def _post(self, router: Router, me: int, text: str) -> int:
        """What had to be tried twice may be there twice."""
        self._retried.add(text)
        answer = await router.post(me, text)
        if answer.tries == 1:
            self._retried.remove(text)
        tweet_id: int = answer.body
        self._mine.setdefault(me, []).append(tweet_id)
        return tweet_id

    async def _like(self, router: Router, author: int) -> int | None:
        """The last tweet that anybody knows of; the answer is its id. Not tried again: it counts."""
        if not self._mine.get(author):
            return None
        tweet_id = self._mine[author][-1]
        try:
            await router.change(author, [["count", f"likes/{tweet_id}", 1]], is_once=True)
        except Uncertain:
            self._maybe[tweet_id] = self._maybe.get(tweet_id, 0) + 1
            raise
        return tweet_id

    async def _delete(self, router: Router, me: int) -> int | None:
        """One's own last tweet; the answer is its id."""
        if not self._mine.get(me):
            return None
        tweet_id = self._mine[me].pop()
        self._deleting.add(tweet_id)
        await router.change(me, [["add", f"gone/{me}", tweet_id]])
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
        shown: Final = {
            (row["f"].removeprefix("final "), row["key"], row["process"] - FINAL): row["value"]
            for row in rows
            if row["f"].startswith("final") and row["type"] == "ok"
        }
        followees = {person: set(Few().followees(person)) for person in range(PEOPLE)}
        profiles = {person: page[0] or None for (what, person, at), page in shown.items() if what == "page" and not at}
        return [
            *final.unequal_copies(list(self._shards.values()), PEOPLE),
            *final.unequal(shown, LAYOUT),
            *final.lost(rows, shown, LAYOUT, followees, self._deleting),
            *final.repeated(shown, LAYOUT, self._retried),
            *final.resurrected(rows, shown, LAYOUT),
            *final.miscounted(rows, shown, LAYOUT, self._maybe),
            *final.unfollowed(rows, shown, LAYOUT),
            *week2_sessions.unread_writes(rows),
            *week2_sessions.lost_profiles(rows, profiles),
            *no_progress(history, plan),
        ]

    def _router(self, client: Node, process: int) -> Router:
        if client.name not in self._routers:
            home = LAYOUT.continents[process % len(LAYOUT.continents)].name
            where = LAYOUT.gateways_in(LAYOUT.nearest(home))
            self._routers[client.name] = Router(client, self._blueprint, where, GATEWAY_PER_S)
        return self._routers[client.name]

    def _shard(self, continent: str, me: str) -> Callable[[Node], object]:
        def start(node: Node) -> object:
            shard = self._shards[node.name] = Shard(node, continent, me, LAYOUT, self._blueprint, self._base)
            return shard.run()

        return start

    def _gateway(self, continent: str, number: int) -> Callable[[Node], object]:
        def start(node: Node) -> None:
            Gateway(node, continent, number, LAYOUT, self._blueprint)

        return start

    def _edge(self, continent: str) -> Callable[[Node], object]:
        def start(node: Node) -> None:
            EdgeMachine(node, continent, LAYOUT, self._blueprint, GATEWAY_PER_S)

        return start


def _how(answer: Answer) -> dict[str, Any]:
    """Where a person was answered, and at which try."""
    return {"region": answer.region, "tries": answer.tries}
