"""One move of tweets from four servers to five under load: what was asked, what was seen, and what it took."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite
from typing import Any

from twitterlab.bench.collecting import no_collection
from twitterlab.bench.histogram import Histogram
from twitterlab.stage.regional.live.valkey.keyspace import Keyspace
from twitterlab.stage.regional.live.valkey.people import People, Sample
from twitterlab.stage.scenario import Violation
from twitterlab.stage.scenarios.reshard_pages import BACK, DOUBLED, INVENTED, INVISIBLE, Told, judge_pages, told_of
from twitterlab.world.live import LiveClock

WARM_S, WATCH_MS = 2.0, 5.0
"""Until then connections are opened and scripts are sent."""
PROMISES: Mapping[str, str] = {"invisible": INVISIBLE, "doubled": DOUBLED, "invented": INVENTED, "back": BACK}


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is, how many operations come in a second, and for how many seconds before and after the move."""

    authors: int = 2_000
    old_tweets: int = 10
    rate_per_s: float = 150.0
    before_s: float = 7.0
    after_s: float = 3.0
    within_s: float = 60.0
    """A move that takes longer is given up, and is not finished."""

    def tweets(self) -> dict[int, list[int]]:
        """What every author had posted before it all began."""
        old, many = self.old_tweets, range(self.old_tweets)
        return {author: [(1 << 30) + author * old + number for number in many] for author in range(self.authors)}


@dataclass(slots=True)
class Timeline:
    """Moments of a move, in seconds since people began to come."""

    began_s: float = float("nan")
    ended_s: float = float("nan")
    marks: list[tuple[float, str]] = field(default_factory=list)
    stalls: list[tuple[float, float]] = field(default_factory=list)
    """How many milliseconds too late this process woke up, and when: what it did not see, no server has done."""

    @property
    def is_finished(self) -> bool:
        return isfinite(self.ended_s)

    @property
    def last_s(self) -> float:
        """When it ended, or when the last was done that was done at all."""
        return self.ended_s if self.is_finished else max([self.began_s, *(at_s for at_s, _ in self.marks)])

    @property
    def took_ms(self) -> float:
        """NaN for a move that never came to its end."""
        return 1000 * (self.ended_s - self.began_s)

    def is_during(self, at_s: float) -> bool:
        return at_s >= self.began_s and not at_s > self.ended_s


async def through(
    people: People,
    timeline: Timeline,
    size: Size,
    move: Callable[[], Awaitable[None]],
    progress: Callable[[float], None],
) -> None:
    """People come, everything is well for a while, the move begins and ends, people go. Whatever one of them raises."""
    clock = LiveClock()

    async def moving() -> None:
        await clock.sleep_ms(1000 * size.before_s)
        progress(0.4)
        timeline.began_s = people.now_s()
        await move()
        progress(0.8)
        await clock.sleep_ms(1000 * size.after_s)
        people.stop()

    async def watch() -> None:
        while True:
            due_s = people.now_s() + WATCH_MS / 1000
            await clock.sleep_ms(WATCH_MS)
            timeline.stalls.append((due_s, max(0.0, 1000 * (people.now_s() - due_s))))

    coming, led, watched = map(asyncio.ensure_future, (people.run(), moving(), watch()))
    try:
        with no_collection():
            await asyncio.gather(coming, led)
    finally:
        for task in (coming, led, watched):
            task.cancel()
        await asyncio.gather(coming, led, watched, return_exceptions=True)


@dataclass(frozen=True)
class Move:
    """What came of it. `moved` and `keys` are of authors; `facts` what only this way of moving has to tell."""

    engine: str
    rows: Sequence[Mapping[str, Any]]
    samples: Sequence[Sample]
    old_tweets: Mapping[int, Sequence[int]]
    timeline: Timeline
    keyspace: Keyspace
    moved: int
    rows_read: int
    facts: Mapping[str, float]

    @cached_property
    def violations(self) -> list[Violation]:
        return judge_pages(self.rows, self.old_tweets)

    def broken(self, what: str) -> int:
        """Pages that broke one of `PROMISES`."""
        return sum(violation.promise == PROMISES[what] for violation in self.violations)

    def first_broken(self, what: str) -> str:
        """How one of `PROMISES` was broken first; empty where it was kept."""
        return next((one.happened for one in self.violations if one.promise == PROMISES[what]), "")

    def quantile_ms(self, f: str, q: float, is_during: bool) -> float:
        """Of those that came while tweets were moved, or of those before, when everything was warm. NaN where there
        were none."""
        held = Histogram()
        for one in self._during(f, is_during):
            held.record(round(one.latency_ms * 1e6))
        return held.quantile_ms(q)

    def held(self, f: str, is_during: bool) -> int:
        """How many operations `quantile_ms` is of."""
        return len(self._during(f, is_during))

    def _during(self, f: str, is_during: bool) -> list[Sample]:
        def is_in(at_s: float) -> bool:
            return self.timeline.is_during(at_s) if is_during else WARM_S <= at_s < self.timeline.began_s

        return [one for one in self.samples if one.f == f and is_in(one.at_s)]

    def count(self, f: str, *outcomes: str) -> int:
        """How many there were, of all or of some outcomes."""
        return sum(one.f == f and (not outcomes or one.outcome in outcomes) for one in self.samples)

    def longest_stall_ms(self) -> float:
        """Of this process, while tweets were moved."""
        return max((ms for at_s, ms in self.timeline.stalls if self.timeline.is_during(at_s)), default=0.0)

    def rows_shown(self) -> int:
        """On all pages."""
        pages = (row for row in self.rows if row["f"] == "page" and row["type"] in ("ok", "fail"))
        return sum(len(row["value"][0]) for row in pages if isinstance(row["value"], list))

    def told(self) -> Told:
        """What people had been told in the end."""
        return told_of(self.rows, self.old_tweets)
