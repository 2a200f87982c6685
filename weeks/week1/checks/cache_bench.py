"""The bench of day 1.3: a Redis, an origin that is slow, processes that cache between the two, and how to speak of them."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from twitterlab.course.checks import expect
from twitterlab.parts.cache import TIMELINE_LIMIT, Entry, Kind
from twitterlab.world.chance import SeededChance
from twitterlab.world.fake_redis import fake_redis, fake_server
from twitterlab.world.virtual import VirtualClock, run_virtual

HOME = Entry(Kind.HOME, 7)
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


class Late:
    """`thing`, a client or pipeline of Redis, whose answers take their time to arrive."""

    def __init__(self, thing: Any, clock: VirtualClock, late_ms: int) -> None:
        self._thing, self._clock, self._late_ms = thing, clock, late_ms

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._thing, name)
        if not callable(found):
            return found

        def call(*args: Any, **options: Any) -> Any:
            answer = found(*args, **options)
            if inspect.iscoroutine(answer):
                return self._late(answer)
            return Late(answer, self._clock, self._late_ms) if name == "pipeline" else answer

        return call

    async def _late(self, answer: Awaitable[Any]) -> Any:
        found = await answer
        await self._clock.sleep_ms(self._late_ms)
        return found

    async def __aenter__(self) -> Any:
        await self._thing.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._thing.__aexit__(*error)


class Bench:
    """One Redis server, any number of processes that cache in it, and an origin."""

    def __init__(self, part: Any, clock: VirtualClock) -> None:
        self.server = fake_server()
        self.clock = clock
        self.origin = Origin(clock, [b"3", b"2", b"1"])
        self._part = part
        self._started = 0

    def process(self, late_ms: int = 0) -> Any:
        """A new process, whom Redis answers `late_ms` late."""
        self._started += 1
        redis = fake_redis(self.server)
        return self._part(
            Late(redis, self.clock, late_ms) if late_ms else redis, self.clock, SeededChance(self._started)
        )


def on_bench(part: Any, look: Callable[[Bench], Awaitable[None]]) -> None:
    """Look at a part on a bench of its own, on virtual time."""

    async def main(clock: VirtualClock) -> None:
        await look(Bench(part, clock))

    run_virtual(main)


def named(entry: Entry) -> str:
    """An entry as a student reads it."""
    activity = f", {entry.activity.value} activity" if entry.kind is Kind.HOME else ""
    return f"the {entry.kind.value} entry of {entry.id}{activity}"


def told_of(members: Sequence[bytes]) -> str:
    """Members as a student reads them: the first few, and how many."""
    return f"{list(members)}" if len(members) < 9 else f"{[*members[:3]]}… ({len(members)} members)"


async def expect_cached(
    bench: Bench, cache: Any, entry: Entry, want: Sequence[bytes], when: str, limit: int = TIMELINE_LIMIT
) -> None:
    before = bench.origin.loads
    seen = list(await cache.get(entry, bench.origin.load, limit))
    made = bench.origin.loads - before
    expect(
        made == 0 and seen == list(want),
        expected=f"{told_of(want)} without a load",
        happened=f"{told_of(seen)} came, with {made} load{'' if made == 1 else 's'}",
        counterexample=f"get of {named(entry)}, {when}",
    )
