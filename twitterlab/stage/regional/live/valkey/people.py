"""People who post, delete and look at pages while tweets are moved: an open loop, and what they were told.

They come when they come, whether or not the servers have caught up; a latency counts from the intended start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from typing import Any

from twitterlab.errors import Refused, Uncertain
from twitterlab.parts.given import Chance
from twitterlab.world.live import LiveClock, stopwatch_ns

PEOPLE = 64
"""Who may be asking at one time. Who comes when all are busy waits, and the wait counts."""
FOLLOWEES, PAGE = 40, 20
PAGE_OF_10, POST_OF_10 = 6, 3
"""Of ten operations; the tenth deletes a tweet."""
FIRST_ID = 1 << 40
Ask = Callable[[str, Any], Awaitable[Any]]
"""`post` or `delete` of [author, tweet id], and `page` of [limit, authors], whose answer is [ids, missing shards].
Refused: it did not happen. Uncertain: it may have."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One operation: when it was due, how long until its answer, and what became of it."""

    at_s: float
    f: str
    latency_ms: float
    outcome: str


@dataclass(slots=True)
class People:
    """They use the tweets that were there, `old_tweets` by author, and their own. `rows` is the history."""

    ask: Ask
    old_tweets: Mapping[int, Sequence[int]]
    chance: Chance
    rate_per_s: float
    rows: list[dict[str, Any]] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    _started_ns: int = 0
    _next_s: float = 0.0
    _posted: int = 0
    _is_over: bool = False
    _there: list[tuple[int, int]] = field(default_factory=list)
    """Tweets that somebody was told of, and that nobody has begun to delete."""

    def now_s(self) -> float:
        """Since they began to come."""
        return (stopwatch_ns() - self._started_ns) / 1e9

    def stop(self) -> None:
        """No more come."""
        self._is_over = True

    async def run(self) -> None:
        """Until somebody calls `stop`, and everybody has had an answer; or until `ask` raises what is no Failure."""
        self._there = [(author, tweet) for author, ids in self.old_tweets.items() for tweet in ids]
        self._started_ns = stopwatch_ns()
        everybody = [asyncio.create_task(self._person(me)) for me in range(PEOPLE)]
        try:
            await asyncio.gather(*everybody)
        finally:
            for one in everybody:
                one.cancel()
            await asyncio.gather(*everybody, return_exceptions=True)

    async def _person(self, me: int) -> None:
        clock = LiveClock()
        while not self._is_over:
            self._next_s -= log(1.0 - self.chance.random()) / self.rate_per_s
            due_s = self._next_s
            await clock.sleep_ms(max(0.0, due_s - self.now_s()) * 1000)
            if not self._is_over:
                await self._perform(me, due_s)

    async def _perform(self, me: int, due_s: float) -> None:
        f, value = self._draw()
        self._note(me, "invoke", f, value)
        try:
            answer = await self.ask(f, value)
        except Refused as refused:
            kind, answer = "fail", refused.reason
        except Uncertain as uncertain:
            kind, answer = "info", uncertain.reason
        else:
            kind = "fail" if f == "page" and answer[1] else "ok"
        if f == "post" and kind == "ok":
            self._there.append((value[0], value[1]))
        self._note(me, kind, f, answer)
        self.samples.append(Sample(due_s, f, 1000 * (self.now_s() - due_s), kind))

    def _draw(self) -> tuple[str, list[Any]]:
        draw, authors = self.chance.below(10), len(self.old_tweets)
        if draw < PAGE_OF_10:
            return "page", [PAGE, sorted({self.chance.below(authors) for _ in range(FOLLOWEES)})]
        if draw < PAGE_OF_10 + POST_OF_10 or not self._there:
            self._posted += 1
            return "post", [self.chance.below(authors), FIRST_ID + self._posted]
        place = self.chance.below(len(self._there))
        self._there[place], self._there[-1] = self._there[-1], self._there[place]
        return "delete", list(self._there.pop())

    def _note(self, me: int, kind: str, f: str, value: Any) -> None:
        time = stopwatch_ns() - self._started_ns
        self.rows.append({"process": me, "type": kind, "f": f, "value": value, "time": time})
