"""The bench of day 1.4: an outbox, timelines, workers on one Redis, and processes that die at any step."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from twitterlab.course.checks import expect
from twitterlab.parts.queue import Event, QueuePolicy
from twitterlab.world.chance import SeededChance
from twitterlab.world.fake_redis import fake_redis, fake_server
from twitterlab.world.virtual import VirtualClock

POLICY = QueuePolicy(batch=10, max_attempts=6, backoff_ms=40, max_backoff_ms=250, lease_ms=5_000)
FOLLOWERS = (101, 102, 103)


class Died(BaseException):
    """The process is gone: no part can catch this."""


class Life:
    """Lists the steps of one process and ends it at step `last`, before or after the step took effect."""

    def __init__(self, last: int | None = None, after: bool = False) -> None:
        self.steps: list[str] = []
        self._last = last
        self._after = after

    async def step(self, name: str, do: Callable[[], Awaitable[Any]]) -> Any:
        self.steps.append(name)
        if self._last is None or len(self.steps) < self._last:
            return await do()
        if self._after and len(self.steps) == self._last:
            await do()
        raise Died

    def bound(self, thing: Any) -> Any:
        return _Mortal(thing, self)


class _Mortal:
    """`thing`, whose every awaited call is a step of a life."""

    def __init__(self, thing: Any, life: Life) -> None:
        self._thing = thing
        self._life = life

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._thing, name)
        if not callable(found):
            return found

        def call(*args: Any, **options: Any) -> Any:
            answer = found(*args, **options)
            if inspect.iscoroutine(answer):
                return self._step(name, answer)
            return _Mortal(answer, self._life) if name == "pipeline" else answer

        return call

    async def _step(self, name: str, coroutine: Any) -> Any:
        try:
            return await self._life.step(name, lambda: coroutine)
        finally:
            coroutine.close()

    async def __aenter__(self) -> Any:
        await self._thing.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._thing.__aexit__(*error)


class Rows:
    """An outbox."""

    def __init__(self, *events: Event) -> None:
        self.rows = list(events)

    async def pending(self, limit: int) -> Sequence[Event]:
        return self.rows[:limit]

    async def done(self, event_ids: Sequence[int]) -> None:
        self.rows = [event for event in self.rows if event.id not in event_ids]


class Timelines:
    """Deliveries that remember what each user got, when each event was tried, and which to refuse."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.got: list[tuple[int, int]] = []
        self.tried: dict[int, list[int]] = {}
        self.refuse: Callable[[Event], bool] = lambda event: False
        self.kills: Callable[[Event], bool] = lambda event: False

    async def recipients(self, event: Event) -> Sequence[int]:
        return FOLLOWERS

    async def missing(self, event: Event, user_ids: Sequence[int]) -> Sequence[int]:
        return [user for user in user_ids if (event.id, user) not in self.got]

    async def deliver(self, event: Event, user_ids: Sequence[int]) -> None:
        self.tried.setdefault(event.id, []).append(self.clock.now_ms())
        if self.kills(event):
            raise Died
        if self.refuse(event):
            raise ValueError(f"event {event.id} is refused")
        self.got += [(event.id, user) for user in user_ids]

    async def deliver_and_die(self, event: Event, user_ids: Sequence[int]) -> None:
        """The delivery takes effect, and its worker never hears of it."""
        self.got += [(event.id, user) for user in user_ids]
        raise Died


class Bench:
    """One Redis server, any number of workers, one outbox and one set of timelines."""

    def __init__(self, part: Any, clock: VirtualClock) -> None:
        self.server = fake_server()
        self.clock = clock
        self.outbox = Rows()
        self.timelines = Timelines(clock)
        self._part = part
        self._started = 0

    def worker(self, life: Life | None = None) -> Any:
        self._started += 1
        redis = fake_redis(self.server)
        return self._part(
            life.bound(redis) if life else redis,
            self.clock,
            SeededChance(self._started),
            POLICY,
            f"worker-{self._started}",
        )

    async def settle(self, worker: Any, rounds: int = 12) -> list[Any]:
        """Rounds over longer than a lease and every backoff; what each said it finished."""
        finished = []
        for _ in range(rounds):
            await worker.relay(self.outbox)
            finished.append(await worker.work(self.timelines))
            await self.clock.sleep_ms(POLICY.lease_ms / 4)
        return finished

    def expect_once(self, events: Sequence[Event], when: str) -> None:
        """Each event to each follower, and none twice."""
        self.expect_not_again(events, when)
        self.expect_not_lost(events, when)

    def expect_not_again(self, events: Sequence[Event], when: str) -> None:
        """No event twice to one follower."""
        again = sorted(Counter(self.timelines.got) - _once(events))
        expect(
            not again,
            expected="each event once to each follower",
            happened=f"delivered again: {_pairs(again)}",
            counterexample=when,
        )

    def expect_not_lost(self, events: Sequence[Event], when: str) -> None:
        """Each event to each follower."""
        lost = sorted(_once(events) - Counter(self.timelines.got))
        expect(
            not lost,
            expected="each event once to each follower",
            happened=f"never delivered: {_pairs(lost)}",
            counterexample=when,
        )


def _once(events: Sequence[Event]) -> Counter[tuple[int, int]]:
    return Counter((event.id, user) for event in events for user in FOLLOWERS)


def _pairs(these: Sequence[tuple[int, int]]) -> str:
    more = f" and {len(these) - 4} more" if len(these) > 4 else ""
    return ", ".join(f"event {event} to user {user}" for event, user in these[:4]) + more
