"""Asia is cut off for a while and heard of again, on PostgreSQL and on the student's replicas at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.replica import Replica
from twitterlab.stage.regional.live.postgres.continents import FAR, HOME, PLACES, REPLAYED, WRITTEN, Continents
from twitterlab.stage.regional.live.postgres.crowd import (
    CIRCLE,
    POPULAR,
    Told,
    behind,
    missing,
    post_everywhere,
    write_everywhere,
)
from twitterlab.stage.regional.live.postgres.exchange import ASK_EVERY_S, Town, exchange
from twitterlab.stage.regional.live.postgres.lag import Heartbeat
from twitterlab.stage.regional.live.postgres.pacing import until_done
from twitterlab.world.chance import SeededChance
from twitterlab.world.live import stopwatch_ns

BEFORE, APART = 0.2, 0.5
"""Shares of the time."""
SETTLES_WITHIN_S, LOOK_S = 15.0, 0.02


@dataclass(slots=True)
class Story:
    """What came of it. NaN seconds: it never happened."""

    heartbeat: Heartbeat
    towns: dict[str, Town]
    rows: Told = field(default_factory=Told)
    deltas: Told = field(default_factory=Told)
    cut_s: float = 0.0
    mended_s: float = 0.0
    behind_bytes: int = 0
    caught_up_s: float = float("nan")
    converged_s: float = float("nan")
    town_behind: list[tuple[float, float]] = field(default_factory=list)
    rows_missing: dict[str, int] = field(default_factory=dict)
    unequal: str = ""
    deltas_missing: int = 0
    likes_invented: int = 0


async def tell(
    continents: Continents, blueprint: Blueprint, seed: int, seconds: float, progress: Callable[[float], None]
) -> Story:
    """A commit waits for any one replica meanwhile. What the part raises is raised."""
    await asyncio.to_thread(continents.servers.wait_for, 1)
    towns = {name: Town(name, blueprint.replica(name)) for name in PLACES}
    story = Story(Heartbeat(continents), towns)
    exchanging = exchange(towns, continents.cables)
    watching = behind(towns, story.deltas, story.town_behind, LOOK_S)

    async def people() -> None:
        async with asyncio.TaskGroup() as crowd:
            crowd.create_task(post_everywhere(continents, story.rows, seconds))
            crowd.create_task(write_everywhere(towns, story.deltas, SeededChance(seed, "apart"), seconds))
            crowd.create_task(_accident(continents, story, seconds, progress))
        await _settle(story)

    await until_done(people(), story.heartbeat.run(), exchanging, watching)
    for town in towns.values():
        if town.error is not None:
            raise town.error
    await asyncio.to_thread(_judge, continents, story)
    return story


async def _accident(continents: Continents, story: Story, seconds: float, progress: Callable[[float], None]) -> None:
    """The cut, the mending, and how long both need to have heard all that was said until then."""
    await asyncio.sleep(BEFORE * seconds)
    progress(BEFORE)
    await asyncio.to_thread(continents.cables.cut, "asia")
    story.cut_s = story.rows.now_s()
    await asyncio.sleep(APART * seconds)
    written = await asyncio.to_thread(continents.servers.ask, WRITTEN)
    replayed = await asyncio.to_thread(continents.servers.ask, REPLAYED, "asia")
    story.behind_bytes = written[0][0] - replayed[0][0]
    said = frozenset(story.deltas.tweets)
    await asyncio.to_thread(continents.cables.mend, "asia")
    story.mended_s = story.rows.now_s()
    progress(BEFORE + APART)
    async with asyncio.TaskGroup() as both:
        both.create_task(_catch_up(continents, story, written[0][0]))
        both.create_task(_converge(story, said))


async def _catch_up(continents: Continents, story: Story, written: int) -> None:
    async with continents.connected("asia", "asia") as connection:
        while story.rows.now_s() < story.mended_s + SETTLES_WITHIN_S:
            row = await (await connection.execute(REPLAYED)).fetchone()
            if row is not None and row[0] >= written:
                story.caught_up_s = story.rows.now_s() - story.mended_s
                return
            await asyncio.sleep(LOOK_S)


async def _converge(story: Story, said: frozenset[int]) -> None:
    while story.rows.now_s() < story.mended_s + SETTLES_WITHIN_S:
        if all(said <= town.replica.members("tweets/1") for town in story.towns.values()):
            story.converged_s = story.rows.now_s() - story.mended_s
            return
        await asyncio.sleep(LOOK_S)


async def _settle(story: Story) -> None:
    """Nobody writes any more: until no town lacks anything, or too long."""
    until_ns = stopwatch_ns() + int(SETTLES_WITHIN_S * 1e9)
    while stopwatch_ns() < until_ns:
        replicas = [town.replica for town in story.towns.values()]
        if not _difference(replicas, story.deltas) and not _missing(story):
            return
        await asyncio.sleep(ASK_EVERY_S)


def _judge(continents: Continents, story: Story) -> None:
    written = continents.servers.ask(WRITTEN)[0][0]
    until_ns = stopwatch_ns() + int(SETTLES_WITHIN_S * 1e9)
    while stopwatch_ns() < until_ns and any(continents.servers.ask(REPLAYED, each)[0][0] < written for each in FAR):
        pass
    story.rows_missing = {place: missing(continents, story.rows, place) for place in (HOME, *FAR)}
    replicas = [town.replica for town in story.towns.values()]
    story.unequal = _difference(replicas, story.deltas)
    story.deltas_missing = _missing(story)
    story.likes_invented = sum(
        max(0, replica.counter(f"likes/{number}") - story.deltas.likes.get(f"likes/{number}", 0))
        for replica in replicas
        for number in range(POPULAR)
    )


def _missing(story: Story) -> int:
    """Acknowledged tweets that some town does not show, and likes that it does not count."""
    told, lost = story.deltas, 0
    for town in story.towns.values():
        shown = town.replica.members("tweets/1")
        lost += sum(each not in shown or town.replica.register(f"tweet/{each}") is None for each in told.tweets)
        lost += sum(max(0, given - town.replica.counter(key)) for key, given in told.likes.items())
    return lost


def _difference(replicas: list[Replica], told: Told) -> str:
    """A key of which they do not say the same; empty where they agree in all."""
    first, *others = replicas
    asked: Mapping[str, tuple[Callable[[Replica, str], object], list[str]]] = {
        "register": (lambda one, key: one.register(key), [
            *(f"tweet/{each}" for each in told.tweets), *(f"profile/{each}" for each in range(CIRCLE)),
        ]),
        "members": (lambda one, key: one.members(key), ["tweets/1", *(f"follows/{each}" for each in range(CIRCLE))]),
        "counter": (lambda one, key: one.counter(key), [f"likes/{each}" for each in range(POPULAR)]),
    }  # fmt: skip
    for ask, keys in asked.values():
        for key in keys:
            if any(ask(first, key) != ask(other, key) for other in others):
                return key
    return ""
