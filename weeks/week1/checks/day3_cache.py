"""Checks of day 1.3, cache."""

from __future__ import annotations

import asyncio
from itertools import product
from typing import Any

from twitterlab.course.checks import check, expect
from twitterlab.parts.cache import HOME_TTL_S, TIMELINE_LIMIT, TTL_S, Entry, Kind
from weeks.week1.checks.cache_bench import HOME, LOAD_MS, Bench, expect_cached, named, on_bench, told_of

PAGE = "docs/week1/day3-cache.md"
READERS = 50


@check(points=10, law=1, claim="What is cached is answered without a load, in every process",
       catches="nothing kept, or kept in the process; only the first page kept", read=f"{PAGE}#laws")  # fmt: skip
def cached_is_not_loaded(part: Any) -> None:
    async def look(bench: Bench) -> None:
        cache, other = bench.process(), bench.process()
        for entry, members in (
            (HOME, [b"%d" % n for n in range(60, 0, -1)]),
            (Entry(Kind.AUTHOR, 7), [b"5"]),
            (Entry(Kind.FOLLOWERS, 7), [b"%d" % n for n in range(2 * TIMELINE_LIMIT)]),
        ):
            bench.origin.members = members
            seen = list(await cache.get(entry, bench.origin.load, 2 * TIMELINE_LIMIT))
            expect(
                seen == members,
                expected=f"{told_of(members)}, as loaded",
                happened=f"{told_of(seen)} came",
                counterexample=f"the first get of {named(entry)}",
            )
            for who, where in ((cache, "for the second time"), (other, "in a second process with the same Redis")):
                await expect_cached(bench, who, entry, members, where, 2 * TIMELINE_LIMIT)
        await expect_cached(bench, cache, HOME, [b"60"], "with limit=1", 1)

    on_bench(part, look)


@check(points=5, law=1, claim="An empty answer is cached too",
       catches="an empty list taken for a miss", read=f"{PAGE}#laws", after=cached_is_not_loaded)  # fmt: skip
def an_empty_answer_is_an_answer(part: Any) -> None:
    async def look(bench: Bench) -> None:
        cache, other = bench.process(), bench.process()
        bench.origin.members = []
        for entry in (Entry(Kind.HOME, 8), Entry(Kind.TWEET, 7)):
            seen = list(await cache.get(entry, bench.origin.load))
            expect(seen == [], expected="[]", happened=f"{seen} came", counterexample=f"get of {named(entry)}")
            await expect_cached(bench, cache, entry, [], "whose answer is empty, for the second time")
            await expect_cached(bench, other, entry, [], "whose answer is empty, in a second process")

    on_bench(part, look)


async def _fail_together(bench: Bench) -> None:
    cache, origin = bench.process(), bench.origin
    origin.error = ValueError("the database is down")
    seen = await asyncio.gather(*(cache.get(HOME, origin.load) for _ in range(READERS)), return_exceptions=True)
    failed = sum(isinstance(answer, ValueError) for answer in seen)
    expect(
        (origin.loads, failed) == (1, READERS),
        expected=f"1 load, whose error all {READERS} readers get",
        happened=f"there were {origin.loads} loads, and {failed} readers got the error",
        counterexample=f"{READERS} calls of get for one entry at once, in one process, while load raises ValueError",
    )

    origin.error, origin.loads = None, 0
    failed_ms = bench.clock.now_ms()
    await bench.process().get(HOME, origin.load)
    took_ms = bench.clock.now_ms() - failed_ms
    expect(
        origin.loads == 1 and took_ms <= 2 * LOAD_MS,
        expected=f"1 load, whose answer comes after {LOAD_MS} ms",
        happened=f"there were {origin.loads}, and it took {took_ms} ms",
        counterexample="get of an entry whose load has just failed, in another process",
    )


async def _stampede(bench: Bench) -> None:
    caches, origin = (bench.process(), bench.process()), bench.origin
    readers = [asyncio.create_task(caches[n % 2].get(HOME, origin.load)) for n in range(READERS)]
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


async def _arrive_late(bench: Bench) -> None:
    prompt, late, origin = bench.process(), bench.process(late_ms=2 * LOAD_MS), bench.origin
    slow = asyncio.create_task(late.get(HOME, origin.load))
    await bench.clock.sleep_ms(1)
    await asyncio.gather(slow, prompt.get(HOME, origin.load))
    when = "twice loaded: a process whom Redis answers late saw a miss, and hears of it after another has loaded"
    await expect_cached(bench, prompt, HOME, origin.members, when)


@check(points=20, law=2, claim="A stampede makes one load, and every reader gets its answer or its error",
       catches="each reader loads for itself, an error that is cached, or readers that die with the loader", read=f"{PAGE}#laws", after=cached_is_not_loaded)  # fmt: skip
def a_stampede_makes_one_load(part: Any) -> None:
    for look in (_fail_together, _stampede, _arrive_late):
        on_bench(part, look)


@check(points=15, law=3, claim="An entry never outlives its lifetime, however often it is read or added to",
       catches="a lifetime that starts again at each use", read=f"{PAGE}#laws", after=cached_is_not_loaded)  # fmt: skip
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
        await bench.clock.sleep_ms(ttl_s * 100 - LOAD_MS)
        await cache.get(entry, origin.load)
        expect(
            origin.loads == 1,
            expected=f"1 load in the first {ttl_s - LOAD_MS / 1000:g} s of {ttl_s} s",
            happened=f"there were {origin.loads}",
            counterexample=f"add to and get {named(entry)} every {ttl_s / 10:g} s",
        )
        await bench.clock.sleep_ms(LOAD_MS + 1)
        await cache.get(entry, origin.load)
        expect(
            origin.loads == 2,
            expected=f"a load after {ttl_s} s: the entry has outlived its lifetime",
            happened="the entry was still served",
            counterexample=f"get {named(entry)}, add to and get it every {ttl_s / 10:g} s, get it 1 ms after {ttl_s} s",
        )

    for entry, ttl_s in lifetimes:
        on_bench(part, lambda bench, e=entry, t=ttl_s: look(bench, e, t))


async def _write_during_a_load(bench: Bench, write: str, processes: int, late: bool) -> None:
    caches, origin = [bench.process() for _ in range(processes)], bench.origin
    reader = asyncio.create_task(caches[0].get(HOME, origin.load))
    await bench.clock.sleep_ms(LOAD_MS / 2)
    origin.members.insert(0, b"4")
    await (caches[-1].add([HOME], b"4") if write == "add" else caches[-1].forget([HOME]))
    if not late:
        await reader
    where = "in the same process" if processes == 1 else "in another process"
    when = "while the load still runs" if late else "once the load is done"
    for cache in (caches[0], caches[-1]) if late else (caches[-1], caches[0]):
        seen = list(await cache.get(HOME, origin.load))
        expect(
            seen == origin.members,
            expected=f"{origin.members}: b'4' was written before this get",
            happened=f"{seen} came",
            counterexample=f"get starts a load; {write} {where}, halfway through the load; get {when}",
        )
    await reader
    await expect_cached(bench, caches[0], HOME, origin.members, f"once more after {write} {where} during a load")


def _try_writes(part: Any, write: str) -> None:
    for processes, late in product((1, 2), (False, True)):
        on_bench(part, lambda bench, p=processes, t=late: _write_during_a_load(bench, write, p, t))


@check(points=10, law=4, claim="A forget during a load leaves no stale entry behind",
       catches="filling the cache with what was read before the write", read=f"{PAGE}#laws", after=cached_is_not_loaded)  # fmt: skip
def a_forget_during_a_load_wins(part: Any) -> None:
    _try_writes(part, "forget")


@check(points=15, law=5, claim="Adding puts a member in front of what is cached, once, keeps 800 and creates nothing",
       catches="a push that creates an entry, repeats a member or never trims", read=f"{PAGE}#laws", after=cached_is_not_loaded)  # fmt: skip
def adding_keeps_the_newest(part: Any) -> None:
    async def look(bench: Bench) -> None:
        cache, origin, absent = bench.process(), bench.origin, Entry(Kind.HOME, 8)
        await cache.get(HOME, origin.load)
        for _ in range(2):
            await cache.add([HOME, absent], b"4")
        await expect_cached(bench, cache, HOME, [b"4", *origin.members], "after add of b'4' twice")
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

    on_bench(part, look)


@check(points=10, law=4, claim="An add during a load leaves no stale entry behind",
       catches="adding to what is cached, and leaving the lease", read=f"{PAGE}#laws", after=adding_keeps_the_newest)  # fmt: skip
def an_add_during_a_load_wins(part: Any) -> None:
    _try_writes(part, "add")


@check(points=15, law=6, claim="Redis down means slower, not wrong",
       catches="an error passed on to the reader, or an entry served whose invalidation was lost", read=f"{PAGE}#laws", after=cached_is_not_loaded)  # fmt: skip
def redis_down_is_slower_not_wrong(part: Any) -> None:
    for write in ("add", "forget"):
        on_bench(part, lambda bench, w=write: _lose_a_write(bench, w))
        on_bench(part, lambda bench, w=write: _lose_a_write_that_another_process_reads(bench, w))
        for is_back in (False, True):
            on_bench(part, lambda bench, w=write, b=is_back: _lose_a_write_during_a_load(bench, w, b))


async def _lost(bench: Bench, cache: Any, write: str) -> None:
    """A write that Redis does not hear: it is down."""
    bench.server.connected = False
    bench.origin.members.insert(0, b"4")
    await (cache.add([HOME], b"4") if write == "add" else cache.forget([HOME]))


async def _expect_fresh(bench: Bench, cache: Any, told: str) -> None:
    seen = list(await cache.get(HOME, bench.origin.load))
    expect(
        seen == bench.origin.members,
        expected=f"{bench.origin.members}: b'4' was written, though Redis did not hear of it",
        happened=f"{seen} came",
        counterexample=told,
    )


async def _lose_a_write(bench: Bench, write: str) -> None:
    cache, origin = bench.process(), bench.origin
    await cache.get(HOME, origin.load)
    await _lost(bench, cache, write)
    told = f"an entry is cached; Redis goes down; {write} is called and is lost; get"
    await _expect_fresh(bench, cache, f"{told} while Redis is down")
    origin.members.insert(0, b"5")
    await _expect_fresh(bench, cache, f"{told} while Redis is down, twice: the second must load too")
    bench.server.connected = True
    await _expect_fresh(bench, cache, f"{told} once Redis is back")
    when = f"twice after Redis is back from missing a call of {write}"
    await expect_cached(bench, cache, HOME, origin.members, when)


async def _lose_a_write_that_another_process_reads(bench: Bench, write: str) -> None:
    writer, reader = bench.process(), bench.process()
    await reader.get(HOME, bench.origin.load)
    await _lost(bench, writer, write)
    bench.server.connected = True
    await writer.add([Entry(Kind.HOME, 8)], b"9")
    told = f"an entry is cached; Redis goes down; {write} is lost; Redis is back; the process adds to another entry"
    await _expect_fresh(bench, reader, f"{told}; get in a second process")


async def _lose_a_write_during_a_load(bench: Bench, write: str, is_back: bool) -> None:
    cache = bench.process()
    reader = asyncio.create_task(cache.get(HOME, bench.origin.load))
    await bench.clock.sleep_ms(LOAD_MS / 2)
    await _lost(bench, cache, write)
    told = f"get starts a load; halfway Redis goes down, and {write} is lost"
    if is_back:
        bench.server.connected = True
        await reader
        told += "; Redis is back before the load is done"
    await _expect_fresh(bench, cache, f"{told}; get")
    await reader
