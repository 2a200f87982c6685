"""The bench of day 1.4: an outbox, timelines, workers on one Redis, and what is expected of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from twitterlab.course.checks import expect
from twitterlab.parts.queue import Event, QueuePolicy
from twitterlab.world.chance import SeededChance
from twitterlab.world.fake_redis import fake_redis, fake_server
from twitterlab.world.virtual import VirtualClock, run_virtual
from weeks.week1.checks.lives import Died, Life

POLICY = QueuePolicy(batch=10, max_attempts=6, backoff_ms=40, max_backoff_ms=250, lease_ms=5_000)
FOLLOWERS = (101, 102, 103)


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


def on_bench(part: Any, look: Callable[[Bench], Awaitable[Any]]) -> Any:
    """Look at a part on a bench of its own, on virtual time."""

    async def main(clock: VirtualClock) -> Any:
        return await look(Bench(part, clock))

    return run_virtual(main)


def die_at_every_step(part: Any, look: Callable[[Bench, Life, str], Awaitable[list[str]]], told: str) -> None:
    """Look at a life to its end, then at one that ends before and one that ends after each of its steps."""
    steps = on_bench(part, lambda bench: look(bench, Life(), f"{told} of nothing"))
    for last, step in enumerate(steps, 1):
        for after in (False, True):
            when = (
                f"{told} {'after' if after else 'before'} its step {last} of {len(steps)}, {step}(); "
                "another relays and works on"
            )
            on_bench(part, lambda bench, n=last, a=after, w=when: look(bench, Life(n, a), w))


def expect_attempts(bench: Bench, poison: Sequence[Event], told: str) -> None:
    tries = [len(bench.timelines.tried.get(event.id, ())) for event in poison]
    expect(
        tries == [POLICY.max_attempts] * len(poison),
        expected=f"{POLICY.max_attempts} attempts for each event that is refused",
        happened=f"there were {' and '.join(map(str, tries))}",
        counterexample=told,
        about="max_attempts",
    )


async def expect_letters(bench: Bench, poison: Sequence[Event], told: str) -> None:
    letters = list(await bench.worker().dead_letters())
    right = [letter.event for letter in letters] == poison and all("is refused" in letter.error for letter in letters)
    expect(
        right,
        expected="dead letters of events 1 and 2, each with the text of its error",
        happened=f"they are {letters}",
        counterexample=f"{told}; dead_letters() of another worker",
    )


def expect_order(bench: Bench, told: str) -> None:
    for author in (0, 1):
        mine = [event_id for event_id, user in bench.timelines.got if user == FOLLOWERS[0] and event_id % 2 == author]
        seen = list(dict.fromkeys(mine))
        want = [n for n in range(1, 9) if n % 2 == author]
        expect(
            seen == want,
            expected=f"events {want} of one author, in this order",
            happened=f"{seen} were delivered",
            counterexample=told,
        )


def _once(events: Sequence[Event]) -> Counter[tuple[int, int]]:
    return Counter((event.id, user) for event in events for user in FOLLOWERS)


def _pairs(these: Sequence[tuple[int, int]]) -> str:
    more = f" and {len(these) - 4} more" if len(these) > 4 else ""
    return ", ".join(f"event {event} to user {user}" for event, user in these[:4]) + more
