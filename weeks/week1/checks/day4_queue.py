"""Checks of day 1.4, queue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import pairwise
from typing import Any

from twitterlab.course.checks import check, expect
from twitterlab.parts.queue import Event
from twitterlab.world.virtual import VirtualClock, run_virtual
from weeks.week1.checks.queue_bench import FOLLOWERS, POLICY, Bench, Died, Life

PAGE = "docs/week1/day4-queue.md"


def _bench(part: Any, look: Callable[[Bench], Awaitable[Any]]) -> Any:
    async def main(clock: VirtualClock) -> Any:
        return await look(Bench(part, clock))

    return run_virtual(main)


def _event(event_id: int, author_id: int) -> Event:
    return Event(event_id, "posted", author_id, event_id)


async def _live(worker: Any, outbox: Any, deliveries: Any) -> None:
    with suppress(Died):
        for _ in range(2):
            await worker.relay(outbox)
            await worker.work(deliveries)


@check(points=20, law=1, claim="A process that dies between any two steps loses nothing",
       catches="leaving the outbox before the stream has it, or acknowledging before the delivery", read=f"{PAGE}#laws")  # fmt: skip
def a_death_loses_nothing(part: Any) -> None:
    events = [_event(1, 1), _event(2, 2), _event(3, 1)]

    async def look(bench: Bench, life: Life, when: str) -> list[str]:
        bench.outbox.rows = list(events)
        await _live(bench.worker(life), life.bound(bench.outbox), life.bound(bench.timelines))
        await bench.settle(bench.worker())
        bench.expect_once(events, when)
        return life.steps

    steps = _bench(part, lambda bench: look(bench, Life(), "3 events in the outbox; relay and work, twice"))
    for last, step in enumerate(steps, 1):
        for after in (False, True):
            when = (
                f"3 events; the process dies {'after' if after else 'before'} its step {last} of {len(steps)}, {step}(); "
                "another relays and works on"
            )
            _bench(part, lambda bench, n=last, a=after, w=when: look(bench, Life(n, a), w))


@check(points=20, law=2, claim="An event that is relayed or redelivered again reaches no user twice",
       catches="delivering to all recipients without asking who is missing", read=f"{PAGE}#laws")  # fmt: skip
def nothing_arrives_twice(part: Any) -> None:
    events = [_event(1, 1), _event(2, 2)]

    async def look(bench: Bench) -> None:
        worker = bench.worker()
        for _ in range(3):
            bench.outbox.rows = list(events)
            await worker.relay(bench.outbox)
        await bench.settle(worker)
        bench.outbox.rows = list(events)
        await bench.settle(bench.worker())
        bench.expect_once(events, "2 events whose rows are relayed four times, by two workers")
        bench.timelines.got.remove((1, FOLLOWERS[0]))
        bench.outbox.rows = list(events)
        await bench.settle(worker)
        bench.expect_once(events, "2 events, delivered; user 101 lost event 1; both rows are relayed once more")

    _bench(part, look)


@check(points=15, law=3, claim="A failed delivery is retried after exponential backoff with jitter, and nothing sleeps",
       catches="no backoff, no cap, no jitter, or sleeping inside a round", read=f"{PAGE}#laws")  # fmt: skip
def retries_back_off(part: Any) -> None:
    async def look(bench: Bench) -> None:
        bench.timelines.refuse = lambda event: True
        bench.outbox.rows = [_event(n, n) for n in range(1, 9)]
        worker = bench.worker()
        await worker.relay(bench.outbox)
        for _ in range(700):
            before_ms = bench.clock.now_ms()
            await worker.work(bench.timelines)
            expect(
                bench.clock.now_ms() == before_ms,
                expected="a round of work() in which no time passes",
                happened=f"{bench.clock.now_ms() - before_ms} ms passed in it",
                counterexample="work() while a delivery is refused",
            )
            await bench.clock.sleep_ms(1)
        waits = [[later - sooner for sooner, later in pairwise(tried)] for tried in bench.timelines.tried.values()]
        for k in range(1, POLICY.max_attempts):
            full_ms = min(POLICY.backoff_ms * 2 ** (k - 1), POLICY.max_backoff_ms)
            seen = [wait[k - 1] for wait in waits if len(wait) >= k]
            right = len(seen) == 8 and all(full_ms / 2 <= wait_ms <= full_ms + 1 for wait_ms in seen)
            told = f"8 events that are always refused, {POLICY}, work() every ms"
            expect(
                right,
                expected=f"retry {k} of each after {full_ms / 2:g} to {full_ms} ms",
                happened=f"the waits were {seen} ms" if seen else f"there was no retry {k}",
                counterexample=told,
                about="backoff_ms",
            )
            expect(
                len(set(seen)) > 1,
                expected=f"waits before retry {k} that differ: jitter",
                happened=f"all were {seen[0]} ms",
                counterexample=told,
                about="backoff_ms",
            )

    _bench(part, look)


@check(points=15, law=4, claim="A poison event becomes a dead letter after its attempts, and holds up no other author",
       catches="retrying for ever, or a worker that stops at the first failure", read=f"{PAGE}#laws")  # fmt: skip
def poison_becomes_a_dead_letter(part: Any) -> None:
    async def look(bench: Bench) -> None:
        poison, others = [_event(1, 1), _event(2, 2)], [_event(3, 3), _event(4, 1)]
        bench.timelines.refuse = lambda event: event in poison
        bench.outbox.rows = poison + others
        worker = bench.worker()
        await worker.relay(bench.outbox)
        await worker.work(bench.timelines)
        reached = {event_id for event_id, _ in bench.timelines.got}
        told = "events 1 and 2 (authors 1 and 2) are always refused, 3 is of author 3, 4 of author 1"
        expect(
            reached == {3},
            expected="event 3 delivered in the first round, event 4 not before event 1 is given up",
            happened=f"events {sorted(reached)} were delivered",
            counterexample=f"{told}; relay() and work() once",
        )
        await bench.settle(worker)
        tries = [len(bench.timelines.tried.get(event.id, ())) for event in poison]
        expect(
            tries == [POLICY.max_attempts] * 2,
            expected=f"{POLICY.max_attempts} attempts for event 1 and {POLICY.max_attempts} for event 2",
            happened=f"there were {tries[0]} and {tries[1]}",
            counterexample=told,
            about="max_attempts",
        )
        letters = list(await bench.worker().dead_letters())
        right = [letter.event for letter in letters] == poison and all(
            "is refused" in letter.error for letter in letters
        )
        expect(
            right,
            expected="dead letters of events 1 and 2, each with the text of its error",
            happened=f"they are {letters}",
            counterexample=f"{told}; dead_letters() of another worker",
        )
        count = len(await worker.dead_letters(1))
        expect(count == 1, expected="1 dead letter", happened=f"{count} came", counterexample="dead_letters(1) of two")
        bench.expect_once(others, "4 events, of which 1 and 2 (authors 1 and 2) are always refused")

    _bench(part, look)


@check(points=15, law=5, claim="Events of one author arrive in order, also when one is retried or its worker died",
       catches="delivering the younger event while the elder waits for its retry", read=f"{PAGE}#laws")  # fmt: skip
def an_author_is_heard_in_order(part: Any) -> None:
    async def look(bench: Bench) -> None:
        events = [_event(n, n % 2) for n in range(1, 9)]
        bench.outbox.rows = events[:6]
        bench.timelines.refuse = lambda event: event.id in (1, 4) and len(bench.timelines.tried[event.id]) < 3
        first, second = bench.worker(), bench.worker()
        await first.relay(bench.outbox)
        await first.work(bench.timelines)
        bench.outbox.rows += events[6:]
        for _ in range(20):
            await bench.settle(second, 1)
        for author in (0, 1):
            seen = [
                event_id for event_id, user in bench.timelines.got if user == FOLLOWERS[0] and event_id % 2 == author
            ]
            want = [event.id for event in events if event.author_id == author]
            expect(
                seen == want,
                expected=f"events {want} of one author, in this order",
                happened=f"{seen} were delivered",
                counterexample="8 events of two authors; events 1 and 4 are refused twice; the worker dies after one round",
            )

    _bench(part, look)


@check(points=15, law=6, claim="What a dead worker held is taken over after its lease, not sooner",
       catches="never claiming, or claiming from a worker that is still alive", read=f"{PAGE}#laws")  # fmt: skip
def the_dead_are_taken_over(part: Any) -> None:
    async def look(bench: Bench) -> None:
        event = _event(1, 1)
        bench.outbox.rows = [event]
        life = Life(1)
        first, second = bench.worker(), bench.worker()
        await first.relay(bench.outbox)
        with suppress(Died):
            await first.work(life.bound(bench.timelines))
        await bench.clock.sleep_ms(POLICY.lease_ms - 2)
        await second.work(bench.timelines)
        expect(
            not bench.timelines.got,
            expected=f"nothing taken over before the lease of {POLICY.lease_ms} ms is over",
            happened="the event was delivered 2 ms before",
            counterexample="a worker takes the event from the stream; another calls work() 2 ms before the lease ends",
            about="lease_ms",
        )
        await bench.clock.sleep_ms(3)
        await second.work(bench.timelines)
        bench.expect_once(
            [event],
            f"1 event, whose worker died holding it; another calls work() 1 ms after the lease of {POLICY.lease_ms} ms",
        )

    _bench(part, look)
