"""Checks of day 1.3, cache."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import product
from typing import Any

from twitterlab.course.checks import check, expect
from twitterlab.parts.cache import HOME_TTL_S, TIMELINE_LIMIT, TTL_S, Entry, Kind
from twitterlab.world.chance import SeededChance
from twitterlab.world.fake_redis import fake_redis, fake_server
from twitterlab.world.virtual import VirtualClock, run_virtual

PAGE = "docs/week1/day3-cache.md"
HOME = Entry(Kind.HOME, 7)
READERS = 50
LOAD_MS = 200


class Origin:
    """The source of truth: what it holds, how slow it is, how often it was asked."""

    def __init__(self, clock: VirtualClock, members: Sequence[bytes]) -> None:
        self.clock = clock
        self.members = list(members)
        self.error: Exception | None = None
        self.loads = 0

    async def load(self) -> Sequence[bytes]:
        self.loads += 1
        seen, error = list(self.members), self.error
        await self.clock.sleep_ms(LOAD_MS)
        if error:
            raise error
        return seen


class Bench:
    """One Redis server, any number of processes that cache in it, and an origin."""

    def __init__(self, part: Any, clock: VirtualClock) -> None:
        self.server = fake_server()
        self.clock = clock
        self.origin = Origin(clock, [b"3", b"2", b"1"])
        self._part = part
        self._started = 0

    def process(self) -> Any:
        self._started += 1
        return self._part(fake_redis(self.server), self.clock, SeededChance(self._started))


def _bench(part: Any, look: Callable[[Bench], Awaitable[None]]) -> None:
    async def main(clock: VirtualClock) -> None:
        await look(Bench(part, clock))

    run_virtual(main)


def _name(entry: Entry) -> str:
    """An entry as a student reads it."""
    activity = f", {entry.activity.value} activity" if entry.kind is Kind.HOME else ""
    return f"the {entry.kind.value} entry of {entry.id}{activity}"


async def _expect_cached(
    bench: Bench, cache: Any, entry: Entry, want: Sequence[bytes], when: str, limit: int = TIMELINE_LIMIT
) -> None:
    before = bench.origin.loads
    seen = list(await cache.get(entry, bench.origin.load, limit))
    made = bench.origin.loads - before
    expect(
        made == 0 and seen == list(want),
        expected=f"{list(want)} without a load",
        happened=f"{seen} came, with {made} load{'' if made == 1 else 's'}",
        counterexample=f"get of {_name(entry)}, {when}",
    )


@check(points=15, law=1, claim="What is cached is answered without a load, an empty answer included",
       catches="an empty list taken for a miss", read=f"{PAGE}#laws")  # fmt: skip
def cached_is_not_loaded(part: Any) -> None:
    async def look(bench: Bench) -> None:
        cache, other = bench.process(), bench.process()
        answers = (
            (HOME, [b"2", b"1"]),
            (Entry(Kind.AUTHOR, 7), [b"5"]),
            (Entry(Kind.HOME, 8), []),
            (Entry(Kind.TWEET, 7), []),
        )
        for entry, members in answers:
            bench.origin.members = members
            what = "" if members else "whose answer is empty, "
            seen = list(await cache.get(entry, bench.origin.load))
            expect(
                seen == members,
                expected=f"{members}, as loaded",
                happened=f"{seen} came",
                counterexample=f"the first get of {_name(entry)}",
            )
            await _expect_cached(bench, cache, entry, members, f"{what}for the second time")
            await _expect_cached(bench, other, entry, members, f"{what}in a second process with the same Redis")
        await _expect_cached(bench, cache, HOME, [b"2"], "with limit=1", 1)

    _bench(part, look)


@check(points=20, law=2, claim="A stampede makes one load, and every reader gets its answer or its error",
       catches="each reader loads for itself, an error that is cached, or readers that die with the loader", read=f"{PAGE}#laws")  # fmt: skip
def a_stampede_makes_one_load(part: Any) -> None:
    async def look(bench: Bench) -> None:
        first, second = bench.process(), bench.process()
        origin = bench.origin

        origin.error = ValueError("the database is down")
        seen = await asyncio.gather(*(first.get(HOME, origin.load) for _ in range(READERS)), return_exceptions=True)
        failed = sum(isinstance(answer, ValueError) for answer in seen)
        expect(
            (origin.loads, failed) == (1, READERS),
            expected=f"1 load, whose error all {READERS} readers get",
            happened=f"there were {origin.loads} loads, and {failed} readers got the error",
            counterexample=f"{READERS} calls of get for one entry at once, in one process, while load raises ValueError",
        )

        origin.error, origin.loads = None, 0
        readers = [asyncio.create_task((first, second)[n % 2].get(HOME, origin.load)) for n in range(READERS)]
        await bench.clock.sleep_ms(LOAD_MS / 2)
        readers.pop(0).cancel()
        seen = await asyncio.gather(*readers, return_exceptions=True)
        right = sum(not isinstance(answer, BaseException) and list(answer) == origin.members for answer in seen)
        expect(
            (origin.loads, right) == (1, len(readers)),
            expected=f"1 load, whose answer {len(readers)} readers get",
            happened=f"there were {origin.loads} loads, and {right} readers got the answer",
            counterexample=f"{READERS} calls of get for one entry at once, in two processes; the first to call is cancelled halfway",
        )

    _bench(part, look)


@check(points=15, law=3, claim="An entry never outlives its lifetime, however often it is read or added to",
       catches="a lifetime that starts again at each use", read=f"{PAGE}#laws")  # fmt: skip
def nothing_outlives_its_lifetime(part: Any) -> None:
    lifetimes = [(Entry(Kind.HOME, 7, activity), ttl_s) for activity, ttl_s in HOME_TTL_S.items()]
    lifetimes += [(Entry(kind, 7), ttl_s) for kind, ttl_s in TTL_S.items()]

    async def look(bench: Bench, entry: Entry, ttl_s: int) -> None:
        cache, origin = bench.process(), bench.origin
        await cache.get(entry, origin.load)
        for number in range(9):
            await bench.clock.sleep_ms(ttl_s * 100)
            await cache.add([entry], b"new %d" % number)
            await cache.get(entry, origin.load)
        expect(
            origin.loads == 1,
            expected=f"1 load in the first {ttl_s * 9 // 10} s of {ttl_s} s",
            happened=f"there were {origin.loads}",
            counterexample=f"add to and get {_name(entry)} every {ttl_s / 10:g} s",
        )
        await bench.clock.sleep_ms(ttl_s * 100 + 1)
        await cache.get(entry, origin.load)
        expect(
            origin.loads == 2,
            expected=f"a load after {ttl_s} s: the entry has outlived its lifetime",
            happened="the entry was still served",
            counterexample=f"get {_name(entry)}, add to and get it every {ttl_s / 10:g} s, get it 1 ms after {ttl_s} s",
        )

    for entry, ttl_s in lifetimes:
        _bench(part, lambda bench, e=entry, t=ttl_s: look(bench, e, t))


@check(points=20, law=4, claim="A write during a load leaves no stale entry behind",
       catches="filling the cache with what was read before the write", read=f"{PAGE}#laws")  # fmt: skip
def a_write_during_a_load_wins(part: Any) -> None:
    async def look(bench: Bench, write: str, processes: int, late: bool) -> None:
        caches, origin = [bench.process() for _ in range(processes)], bench.origin
        reader = asyncio.create_task(caches[0].get(HOME, origin.load))
        await bench.clock.sleep_ms(LOAD_MS / 2)
        origin.members.insert(0, b"4")
        await (caches[-1].add([HOME], b"4") if write == "add" else caches[-1].forget([HOME]))
        if not late:
            await reader
        where = "in the same process" if processes == 1 else "in another process"
        when = "while the load still runs" if late else "once the load is done"
        for cache in (caches[-1], caches[0]):
            seen = list(await cache.get(HOME, origin.load))
            expect(
                seen == origin.members,
                expected=f"{origin.members}: b'4' was written before this get",
                happened=f"{seen} came",
                counterexample=f"get starts a load; {write} {where}, halfway through the load; get {when}",
            )
        await reader
        await _expect_cached(
            bench, caches[0], HOME, origin.members, f"once more after an {write} {where} during a load"
        )

    for write, processes, late in product(("add", "forget"), (1, 2), (False, True)):
        _bench(part, lambda bench, w=write, p=processes, t=late: look(bench, w, p, t))


@check(points=15, law=5, claim="Adding puts a member in front of what is cached, once, keeps 800 and creates nothing",
       catches="a push that creates an entry, repeats a member or never trims", read=f"{PAGE}#laws")  # fmt: skip
def adding_keeps_the_newest(part: Any) -> None:
    async def look(bench: Bench) -> None:
        cache, origin, absent = bench.process(), bench.origin, Entry(Kind.HOME, 8)
        await cache.get(HOME, origin.load)
        for _ in range(2):
            await cache.add([HOME, absent], b"4")
        await _expect_cached(bench, cache, HOME, [b"4", *origin.members], "after add of b'4' twice")
        seen = list(await cache.get(absent, origin.load))
        expect(
            seen == origin.members,
            expected=f"{origin.members}, by a load: add creates no entry",
            happened=f"{seen} came",
            counterexample="add b'4' to an entry that is not cached, then get it",
        )
        for number in range(TIMELINE_LIMIT + 10):
            await cache.add([HOME], b"new %d" % number)
        want = [b"new %d" % number for number in range(TIMELINE_LIMIT + 9, 9, -1)]
        seen = list(await cache.get(HOME, origin.load, 2 * TIMELINE_LIMIT))
        expect(
            seen == want,
            expected=f"{TIMELINE_LIMIT} members, {want[0]!r} first and {want[-1]!r} last",
            happened=f"{len(seen)} members came, {seen[:1]} first and {seen[-1:]} last",
            counterexample=f"add {TIMELINE_LIMIT + 10} members to a cached entry, then get it with limit={2 * TIMELINE_LIMIT}",
        )

    _bench(part, look)


@check(points=15, law=6, claim="Redis down means slower, not wrong",
       catches="an error passed on to the reader, or an entry served whose invalidation was lost", read=f"{PAGE}#laws")  # fmt: skip
def redis_down_is_slower_not_wrong(part: Any) -> None:
    async def look(bench: Bench, write: str) -> None:
        cache, origin = bench.process(), bench.origin
        await cache.get(HOME, origin.load)
        bench.server.connected = False
        origin.members.insert(0, b"4")
        await (cache.add([HOME], b"4") if write == "add" else cache.forget([HOME]))
        for when in ("while Redis is down", "once Redis is back"):
            seen = list(await cache.get(HOME, origin.load))
            expect(
                seen == origin.members,
                expected=f"{origin.members}: b'4' was written, though Redis did not hear of it",
                happened=f"{seen} came",
                counterexample=f"an entry is cached; Redis goes down; {write} is called and is lost; get {when}",
            )
            bench.server.connected = True
        await _expect_cached(
            bench, cache, HOME, origin.members, f"twice after Redis is back from missing a call of {write}"
        )

    for write in ("add", "forget"):
        _bench(part, lambda bench, w=write: look(bench, w))
