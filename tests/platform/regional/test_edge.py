"""The edge machine and the reference part on it, in a simulated world, before an origin that counts what it is asked."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from solutions.week2.day5_edge_cache import Edge
from twitterlab.course.system import system_of
from twitterlab.errors import Failure, Refused
from twitterlab.parts.edge_cache import POPULAR_RETWEETS, POPULAR_TTL_MS, STALE_MS, TTL_MS, NoEdge, Response
from twitterlab.platform.regional.edge import EdgeMachine
from twitterlab.platform.regional.layout import Layout, machine
from twitterlab.stage.profile import read
from twitterlab.stage.regional import judging
from twitterlab.stage.regional.run import Run, start_ms
from twitterlab.stage.regional.snapshot import Snapshot
from twitterlab.world.node import Node
from twitterlab.world.sim import SimWorld

SYSTEM = system_of(2, mine=False)
STAR = 7
ORIGIN_MS = 60.0
CROWD = 1_000


@dataclass(slots=True)
class Stage:
    """One edge in Frankfurt, people beside it, and gateways everywhere that answer after a while with the version of
    the page that was current when they were asked."""

    edge_cache: Callable[[int], Any] = Edge
    asked: Counter[int] = field(default_factory=Counter)
    versions: Counter[int] = field(default_factory=Counter)
    is_down: bool = False
    is_popular: bool = False
    world: SimWorld = field(default_factory=SimWorld)
    edges: list[EdgeMachine] = field(default_factory=list)
    people: Any = None

    def play(self, story: Callable[[Stage], Coroutine[Any, Any, None]]) -> None:
        layout, profile = Layout(), read().samplers()
        system = replace(SYSTEM, edge_cache=self.edge_cache)

        def edge(node: Node) -> None:
            self.edges.append(EdgeMachine(node, "europe", layout, system, 1e6))

        for continent in layout.continents:
            for name in layout.gateways_of(continent.name):
                self.world.nodes.add(name, self._gateway, region=continent.region, profile=profile)
        self.world.nodes.add(machine("europe", "e1"), edge, region="frankfurt", profile=profile)
        self.people = self.world.nodes.add("people", region="frankfurt")
        self.world.run(story(self))

    def _gateway(self, node: Node) -> None:
        async def page(author: int) -> list[int]:
            self.asked[author] += 1
            version = self.versions[author]
            await node.clock.sleep_ms(ORIGIN_MS)
            if self.is_down:
                raise Refused("the shard is down", "unavailable")
            return [author, version, self.is_popular]

        node.serve("page", page)

    async def page(self, author: int = STAR) -> Any:
        page = await self.people.call(machine("europe", "e1"), "page", author, 5_000)
        return page[:2]

    async def crowd(self, count: int = CROWD, author: int = STAR) -> list[Any]:
        return await asyncio.gather(*(self.page(author) for _ in range(count)))

    def change(self, author: int = STAR) -> None:
        """A new version is there; the edge is told, in the time of a message."""
        self.versions[author] += 1
        self.people.send(machine("europe", "e1"), "purge", [f"user:{author}"])

    async def later(self, ms: float) -> None:
        await self.world.clock.sleep_ms(ms)


def test_a_thousand_who_miss_at_once_are_one_request_to_the_origin() -> None:
    async def story(stage: Stage) -> None:
        assert await stage.crowd() == [[STAR, 0]] * CROWD
        assert stage.asked[STAR] == 1

    Stage().play(story)


def test_without_the_part_the_origin_has_them_all() -> None:
    async def story(stage: Stage) -> None:
        await stage.crowd()
        assert stage.asked[STAR] == CROWD

    Stage(NoEdge).play(story)


def test_each_revalidation_is_one_request_however_many_come() -> None:
    async def story(stage: Stage) -> None:
        for number in range(1, 6):
            await stage.crowd(200)
            assert stage.asked[STAR] == number
            await stage.later(TTL_MS + STALE_MS / 2)
            await stage.crowd(200)  # all are served the stale copy, and one of them fetches
            await stage.later(ORIGIN_MS + 100)
            assert stage.asked[STAR] == number + 1
            await stage.later(TTL_MS + STALE_MS + 1)
            stage.asked[STAR] -= 1

    Stage().play(story)


def test_a_purge_during_a_fetch_never_brings_the_old_page_back() -> None:
    async def story(stage: Stage) -> None:
        early = asyncio.gather(*(stage.page() for _ in range(CROWD // 2)))
        await stage.later(ORIGIN_MS / 2)
        stage.change()
        await stage.later(5)
        late = await stage.crowd(CROWD // 3)  # they came after the change was told

        assert late == [[STAR, 1]] * (CROWD // 3)
        assert {version for _, version in await early} <= {0, 1}
        assert await stage.page() == [STAR, 1]
        assert stage.asked[STAR] == 2

    Stage().play(story)


def test_a_storm_of_purges_does_not_send_a_crowd_to_the_origin() -> None:
    async def story(stage: Stage) -> None:
        crowd = asyncio.gather(*(stage.page() for _ in range(CROWD)))
        for _ in range(30):
            await stage.later(10)
            stage.change()
        await crowd

        assert stage.asked[STAR] <= 3
        await stage.later(5)
        assert await stage.page() == [STAR, 30]

    Stage().play(story)


@pytest.mark.parametrize("every_ms", [7, 40, 190])
def test_nobody_is_shown_what_was_purged_before_they_asked(every_ms: int) -> None:
    async def story(stage: Stage) -> None:
        async def visit() -> None:
            told = stage.versions[STAR]  # as of now; the purge had the time of a message to arrive
            await stage.later(5)
            _, version = await stage.page()
            assert version >= told

        visits = []
        for at_ms in range(0, 3_000, 5):
            if at_ms % every_ms < 5:
                stage.change()
            visits.append(asyncio.ensure_future(visit()))
            await stage.later(5)
        await asyncio.gather(*visits)

    Stage().play(story)


def test_an_error_is_told_to_all_who_joined_and_is_not_kept() -> None:
    async def story(stage: Stage) -> None:
        stage.is_down = True
        told = await asyncio.gather(*(stage.page() for _ in range(50)), return_exceptions=True)
        assert all(isinstance(each, Failure) for each in told)
        stage.is_down = False
        assert await stage.page() == [STAR, 0]

    Stage().play(story)


async def becomes_popular(stage: Stage) -> None:
    stage.is_popular = True
    stage.people.send(machine("europe", "e1"), "popular", STAR)
    await stage.later(2 * ORIGIN_MS)


def test_a_page_with_a_popular_tweet_is_there_before_anyone_asks_and_for_half_an_hour() -> None:
    async def story(stage: Stage) -> None:
        await becomes_popular(stage)
        assert stage.asked[STAR] == 1

        await stage.crowd(50)
        await stage.later(POPULAR_TTL_MS - 1_000)
        await stage.crowd(50)

        assert stage.asked[STAR] == 1

    Stage().play(story)


def test_a_popular_page_has_its_place_in_a_full_edge() -> None:
    async def story(stage: Stage) -> None:
        for author in range(100, 110):
            for _ in range(3):
                await stage.page(author)
        await becomes_popular(stage)
        asked = stage.asked[STAR]
        await stage.page()

        assert stage.asked[STAR] == asked == 1

    Stage(lambda capacity: Edge(10)).play(story)


def test_a_popular_page_that_is_purged_while_it_is_fetched_is_not_the_old_one() -> None:
    async def story(stage: Stage) -> None:
        stage.is_popular = True
        stage.people.send(machine("europe", "e1"), "popular", STAR)
        await stage.later(ORIGIN_MS / 2)
        stage.change()
        await stage.later(2 * ORIGIN_MS)

        assert await stage.page() == [STAR, 1]
        stage.change()
        await stage.later(5)
        assert await stage.page() == [STAR, 2]

    Stage().play(story)


class Watched(Edge):
    """Tells what came in."""

    seen: list[tuple[str, Response]]

    def ask(self, key: str, now_ms: int) -> Any:
        found = super().ask(key, now_ms)
        self.keys = {**getattr(self, "keys", {}), getattr(found, "ticket", None): key}
        return found

    def answer(self, ticket: int, response: Response, now_ms: int) -> Any:
        self.seen.append((self.keys[ticket], response))
        return super().answer(ticket, response, now_ms)


@pytest.mark.slow
def test_of_a_whole_run_only_public_pages_are_ever_in_an_edge_each_with_its_author_s_tag() -> None:
    seen: list[tuple[str, Response]] = []
    watched = type("WatchedHere", (Watched,), {"seen": seen})
    people = Snapshot(600, 1, start_ms())
    rates = {"home": 60.0, "page": 40.0, "post": 8.0, "like": 8.0, "follow": 3.0}
    Run(replace(SYSTEM, edge_cache=watched), people, 1, 6.0, rates=rates).go()

    assert len(seen) > 50
    for key, response in seen:
        kind, _, author = key.partition("/")
        assert kind == "page"
        assert response.tags == (f"user:{author}",)


@pytest.mark.slow
def test_in_a_whole_run_a_tweet_that_many_pass_on_is_popular_on_all_continents_and_no_retweet_is_lost() -> None:
    people = Snapshot(600, 1, start_ms())
    run = Run(SYSTEM, people, 1, 8.0, rates={"post": 0.5, "retweet": 400.0, "page": 10.0})
    run.go()

    found = {figure.name: figure.measured for figure in judging.promises(run)}
    key, (author, *_) = max(run.told.ledger.counts.items(), key=lambda item: item[1][1])
    assert all(replica.counter(key) > POPULAR_RETWEETS for replica in run.replicas_of(author))
    assert (found["acknowledged_writes_lost"], found["likes_invented"], found["replicas_converged"]) == (0, 0, 1)
    for edge in run.machines.edges.values():
        kept = edge._cache._copies[f"page/{author}"].response
        assert kept.ttl_ms == POPULAR_TTL_MS
        assert int(key.partition("/")[2]) in [row[0] for row in json.loads(kept.body)[1]]
