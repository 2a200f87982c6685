"""A cached answer that is read and added to every minute: is it gone when its lifetime is over?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twitterlab.bench.finding import Finding
from twitterlab.bench.plots import Line, Plot
from twitterlab.model.figure import Figure
from twitterlab.parts.cache import HOME_TTL_S, TTL_S, Activity, Cache, Entry, Kind
from twitterlab.parts.given import Chance, Clock
from twitterlab.world.chance import SeededChance
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.virtual import VirtualClock, run_virtual

STEP_S = 60
LIFETIMES = 2
"""Every entry is watched for this many of its lifetimes."""


MakeCache = Callable[[Any, Clock, Chance], Cache]


def run(make: MakeCache, without: MakeCache, seed: int) -> Finding:
    """One entry of every kind and activity, on virtual time."""
    past, reads, loads = run_virtual(lambda clock: _watch(make, seed, clock))
    _, _, null_loads = run_virtual(lambda clock: _watch(without, seed, clock))
    return Finding(
        "Does an entry outlive its lifetime when it is used all the time?",
        ("no: a lifetime counts from the load", "yes: every use makes it younger"),
        0,
        f"{past} of {reads:,} reads got something older than its lifetime; {loads:,} loads served them all, "
        f"where no cache makes {null_loads:,}.",
        (
            Figure("entries_past_ttl", "reads", past, "simulated", "fakeredis", note=f"of {reads} reads"),
            Figure(
                "expiry_loads",
                "loads",
                loads,
                "simulated",
                "fakeredis",
                note=f"for {reads} reads",
            ),
            Figure("expiry_loads_without", "loads", null_loads, "simulated", "fakeredis", note="the null part"),
        ),
        (
            Plot(
                f"Loads for {reads:,} reads",
                "",
                "loads",
                (Line("cache", (0,), (loads,)), Line("no cache", (0,), (null_loads,))),
                kind="bar",
                log_y=True,
                note="One entry of every kind, read and written once a minute over two lifetimes.",
            ),
        ),
    )


async def _watch(make: MakeCache, seed: int, clock: VirtualClock) -> tuple[int, int, int]:
    """(reads answered by something older than its lifetime, reads, loads)."""
    redis = fake_redis()
    cache = make(redis, clock, SeededChance(seed, "expiry"))
    entries = [Entry(kind, 1) for kind in TTL_S] + [Entry(Kind.HOME, 1 + i, a) for i, a in enumerate(Activity)]
    past = reads = loads = 0
    for entry in entries:
        ttl_ms = 1_000 * (HOME_TTL_S[entry.activity] if entry.kind is Kind.HOME else TTL_S[entry.kind])
        loaded_ms = clock.now_ms()

        async def load() -> list[bytes]:
            nonlocal loaded_ms, loads
            loaded_ms = clock.now_ms()
            loads += 1
            return [b"1"]

        for minute in range(LIFETIMES * ttl_ms // 1_000 // STEP_S + 1):
            await cache.get(entry, load)
            reads += 1
            past += clock.now_ms() - loaded_ms > ttl_ms
            await cache.add([entry], str(minute + 2).encode())
            await clock.sleep_ms(STEP_S * 1_000 + 1)
    await redis.aclose()
    return past, reads, loads
