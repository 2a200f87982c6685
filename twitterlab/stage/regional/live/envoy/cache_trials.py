"""What caches of lab f are put through: traffic, stampedes, purges that overtake, private pages, an origin that dies."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from twitterlab.parts.given import Chance
from twitterlab.stage.regional.live.envoy.child import Child
from twitterlab.stage.regional.live.envoy.edge_server import PURGE
from twitterlab.stage.regional.live.envoy.http_client import Client, Lost, Reply
from twitterlab.stage.regional.live.envoy.origin import CHANGE, COUNTS, MINE, tag_of
from twitterlab.world.live import LiveClock, stopwatch_ns

TTL_S, STALE_S = 2, 4
PAGES, CHANGE_EVERY_MS = 2_000, 100
STAR_MS, RACE_MS, MINE_MS = 600, 300, 100
RACES, RACE_WITHIN_S, LOOK_EVERY_MS = 30, 6.0, 100
PRIVATE_PAGES, READERS, TIMES = 20, 10, 2
PAGES_KEPT = 30
AGED_MS = 1_000 * TTL_S + 1_600
"""A copy is stale by then, also for who counts whole seconds of a date that was cut to them."""
PATIENCE_S = 10.0
CLOCK = LiveClock()


@dataclass(frozen=True, slots=True)
class Front:
    """A cache before its own origin. `has_purge`: it can be told that a page has changed."""

    name: str
    port: int
    origin: Child
    has_purge: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """One reader's: when it was meant to begin, how long it took from then; `version` is None where it failed."""

    at_ns: int
    took_ns: int
    version: int | None
    is_old: bool = False


@dataclass(slots=True)
class Traffic:
    """All reads; how many requests the origin had had at the end of each second; how many of all it answered with 304."""

    reads: list[Read] = field(default_factory=list)
    origin: list[int] = field(default_factory=list)
    unchanged: int = 0
    started_ns: int = 0


@dataclass(frozen=True, slots=True)
class Stampede:
    """Many at once on one page: what the origin saw, and how long they waited."""

    readers: int
    origin: int
    took_ns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Race:
    """After pages were changed, and purged where that is possible, while they were being fetched: old ones read by
    who came afterwards, and for how long that went on."""

    reads: int
    old: int
    old_for_s: float


@dataclass(frozen=True, slots=True)
class Private:
    """Pages for one reader: answers, those of somebody else's, requests to the origin, how long they took."""

    reads: int
    leaked: int
    origin: int
    took_ns: tuple[int, ...] = ()


async def ask(client: Client, port: int, path: str, cookie: str = "") -> Reply | None:
    """A page, or None within `PATIENCE_S`."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await client.ask(port, path, headers={"cookie": cookie} if cookie else None)
    except (Lost, TimeoutError):
        return None


async def asked(client: Client, front: Front, under: str = "/") -> int:
    """Requests the origin has had for paths that begin so."""
    counts = (await _counts(client, front))["asked"]
    return sum(count for path, count in counts.items() if path.startswith(under))


async def _counts(client: Client, front: Front) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((await client.ask(front.origin.port, COUNTS)).body)
    return found


async def change(client: Client, front: Front, path: str) -> None:
    """The page has a new version, and the cache knows, where it can be told."""
    await client.ask(front.origin.port, f"{CHANGE}?path={path}", "POST")
    if front.has_purge:
        await client.ask(front.port, f"/?tag={tag_of(path)}", PURGE)


async def traffic(client: Client, front: Front, due_ns: Sequence[int], seed: Callable[[str], Chance]) -> Traffic:
    """Readers by a Zipf law over `PAGES`, an open loop; every `CHANGE_EVERY_MS` a page changes that people read."""
    found, known, under_way = Traffic(started_ns=due_ns[0]), Counter[str](), set[asyncio.Task[None]]()
    readers = seed("readers")

    async def read(at_ns: int, path: str) -> None:
        newest = known[path]
        reply = await ask(client, front.port, path)
        version = version_of(reply)
        found.reads.append(Read(at_ns, stopwatch_ns() - at_ns, version, version is not None and version < newest))

    writers = asyncio.create_task(_changes(client, front, known, seed("writers")))
    counted = asyncio.create_task(_count(client, front, found))
    try:
        for at_ns in due_ns:
            await CLOCK.sleep_ms(max(0, at_ns - stopwatch_ns()) / 1e6)
            task = asyncio.create_task(read(at_ns, _popular(readers)))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.gather(*under_way)
    finally:
        writers.cancel()
        counted.cancel()
    found.origin.append(await asked(client, front, "/page"))
    found.unchanged = (await _counts(client, front))["unchanged"]
    return found


async def _changes(client: Client, front: Front, known: Counter[str], chance: Chance) -> None:
    while True:
        await CLOCK.sleep_ms(CHANGE_EVERY_MS)
        path = _popular(chance)
        await change(client, front, path)
        known[path] += 1


async def _count(client: Client, front: Front, found: Traffic) -> None:
    while True:
        await CLOCK.sleep_ms(max(0, found.started_ns + (len(found.origin) + 1) * 10**9 - stopwatch_ns()) / 1e6)
        found.origin.append(await asked(client, front, "/page"))


async def stampede(client: Client, front: Front, path: str, readers: int) -> Stampede:
    """So many ask for one page at the same moment. Their connections are open already, and closed in the end."""
    await ask(client, front.port, "/warm")
    await asyncio.gather(*(ask(client, front.port, "/warm") for _ in range(readers)))
    before = await asked(client, front, path)
    began_ns = stopwatch_ns()

    async def one() -> int:
        reply = await ask(client, front.port, f"{path}?ms={STAR_MS}")
        return stopwatch_ns() - began_ns if version_of(reply) is not None else -1

    took_ns = await asyncio.gather(*(one() for _ in range(readers)))
    client.close()
    return Stampede(readers, await asked(client, front, path) - before, tuple(took_ns))


async def races(client: Client, front: Front) -> Race:
    """Pages change while they are being fetched, and a second fetch may overtake the first; who asks after the change
    must see it."""
    found = await asyncio.gather(*(_race(client, front, f"/race/{number}") for number in range(RACES)))
    return Race(sum(one.reads for one in found), sum(one.old for one in found), max(one.old_for_s for one in found))


async def _race(client: Client, front: Front, path: str) -> Race:
    where = f"{path}?first_ms={RACE_MS}"
    first = asyncio.create_task(ask(client, front.port, where))
    await CLOCK.sleep_ms(RACE_MS / 3)
    await change(client, front, path)
    changed_ns = stopwatch_ns()
    second = version_of(await ask(client, front.port, where))
    await first
    versions, old_for_ns = [second, version_of(await ask(client, front.port, where))], 0
    while (at_ns := stopwatch_ns()) - changed_ns < RACE_WITHIN_S * 1e9:
        if version_of(await ask(client, front.port, where)) != 0:
            break
        old_for_ns = at_ns - changed_ns
        await CLOCK.sleep_ms(LOOK_EVERY_MS)
    return Race(len(versions), versions.count(0), old_for_ns / 1e9)


async def private(client: Client, front: Front) -> Private:
    """Several readers ask for the same private pages at once, more than once."""
    before, reads, leaked = await asked(client, front, MINE), 0, 0
    everybody = [
        (f"{MINE}/{page}?ms={MINE_MS}", f"reader={one}") for page in range(PRIVATE_PAGES) for one in range(READERS)
    ]
    took_ns: list[int] = []

    async def one(path: str, who: str) -> Reply | None:
        began_ns = stopwatch_ns()
        reply = await ask(client, front.port, path, who)
        took_ns.append(stopwatch_ns() - began_ns)
        return reply

    for _ in range(TIMES):
        replies = await asyncio.gather(*(one(path, who) for path, who in everybody))
        for (_, who), reply in zip(everybody, replies, strict=True):
            if reply is not None and reply.status == 200:
                reads += 1
                leaked += json.loads(reply.body)["reader"] != who
    return Private(reads, leaked, await asked(client, front, MINE) - before, tuple(took_ns))


async def kept(client: Client, front: Front) -> None:
    """The most popular pages are read before the origin dies."""
    await asyncio.gather(*(ask(client, front.port, f"/page/{number}") for number in range(PAGES_KEPT)))


async def served_while_down(client: Client, front: Front) -> float:
    """Percent of them that are served while it is dead."""
    replies = await asyncio.gather(*(ask(client, front.port, f"/page/{number}") for number in range(PAGES_KEPT)))
    return 100 * sum(version_of(reply) is not None for reply in replies) / PAGES_KEPT


def version_of(reply: Reply | None) -> int | None:
    """Of a page that was served."""
    if reply is None or reply.status != 200:
        return None
    version: int | None = json.loads(reply.body).get("version")
    return version


def _popular(chance: Chance) -> str:
    """By a Zipf law."""
    return f"/page/{int((PAGES + 1.0) ** chance.random() - 1.0)}"
