"""Checks of day 1.4, queue."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from typing import Any

from twitterlab.course.checks import check, expect
from twitterlab.parts.queue import Event
from weeks.week1.checks.lives import Died, Life
from weeks.week1.checks.queue_bench import (
    FOLLOWERS,
    POLICY,
    Bench,
    die_at_every_step,
    expect_attempts,
    expect_letters,
    expect_order,
    on_bench,
)

PAGE = "docs/week1/day4-queue.md"


def _event(event_id: int, author_id: int) -> Event:
    return Event(event_id, "posted", author_id, event_id)


@check(points=10, law=1, claim="A relay that dies between any two steps loses nothing",
       catches="leaving the outbox before the stream has it", read=f"{PAGE}#laws")  # fmt: skip
def a_dead_relay_loses_nothing(part: Any) -> None:
    events = [_event(1, 1), _event(2, 2), _event(3, 1)]

    async def look(bench: Bench, life: Life, when: str) -> list[str]:
        bench.outbox.rows = list(events)
        with suppress(Died):
            await bench.worker(life).relay(life.bound(bench.outbox))
        await bench.settle(bench.worker())
        bench.expect_not_lost(events, when)
        return life.steps

    die_at_every_step(part, look, "3 events; relay dies")


@check(points=5, law=1, claim="Events go from the outbox through the stream to their followers, and are counted",
       catches="rows that stay in the outbox, or a round that does not say what it finished", read=f"{PAGE}#laws")  # fmt: skip
def events_arrive_and_are_counted(part: Any) -> None:
    async def look(bench: Bench) -> None:
        bench.outbox.rows = [_event(1, 1), _event(2, 2)]
        bench.timelines.refuse = lambda event: event.id == 2
        worker = bench.worker()
        moved = [await worker.relay(bench.outbox), await worker.relay(bench.outbox)]
        expect(
            moved == [2, 0] and not bench.outbox.rows,
            expected="2, then 0, and an empty outbox",
            happened=f"the answers were {moved}, and {len(bench.outbox.rows)} rows are left",
            counterexample="2 events in the outbox; relay() twice",
        )
        finished = [await worker.work(bench.timelines), await worker.work(bench.timelines)]
        expect(
            finished == [1, 0],
            expected="1, then 0: one event is delivered, the other waits for its retry",
            happened=f"the answers were {finished}",
            counterexample="2 events in the stream, of which one is refused; work() twice",
        )
        bench.expect_not_lost([_event(1, 1)], "2 events in the stream, of which one is refused; work() twice")

    on_bench(part, look)


@check(points=5, law=1, claim="An event whose delivery fails is not forgotten",
       catches="acknowledging before the delivery, or whatever comes of it", read=f"{PAGE}#laws", after=events_arrive_and_are_counted)  # fmt: skip
def a_failure_is_not_forgotten(part: Any) -> None:
    async def look(bench: Bench) -> None:
        bench.timelines.refuse = lambda event: len(bench.timelines.tried[event.id]) < 2
        bench.outbox.rows = [_event(1, 1)]
        await bench.settle(bench.worker())
        bench.expect_not_lost([_event(1, 1)], "1 event, whose delivery is refused once; work() until a retry is due")

    on_bench(part, look)


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

    async def die(bench: Bench) -> None:
        bench.outbox.rows = list(events)
        mortal = bench.worker()
        await mortal.relay(bench.outbox)
        deliver, bench.timelines.deliver = bench.timelines.deliver, bench.timelines.deliver_and_die
        with suppress(Died):
            await mortal.work(bench.timelines)
        bench.timelines.deliver = deliver
        await bench.settle(bench.worker())
        bench.expect_not_again(events, "2 events; the worker dies right after its first delivery; another works on")

    on_bench(part, look)
    on_bench(part, die)


@check(points=15, law=3, claim="A failed delivery is retried after exponential backoff with jitter, and nothing sleeps",
       catches="no backoff, no cap, no jitter, or sleeping inside a round", read=f"{PAGE}#laws", after=a_failure_is_not_forgotten)  # fmt: skip
def retries_back_off(part: Any) -> None:
    async def look(bench: Bench) -> None:
        bench.timelines.refuse = lambda event: True
        bench.outbox.rows = [_event(n, n) for n in range(1, 11)]
        worker = bench.worker()
        await worker.relay(bench.outbox)
        for _ in range(600):
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
        for k in range(1, POLICY.max_attempts - 1):
            full_ms = min(POLICY.backoff_ms * 2 ** (k - 1), POLICY.max_backoff_ms)
            seen = [wait[k - 1] for wait in waits if len(wait) >= k]
            right = len(seen) == 10 and all(full_ms / 2 <= wait_ms <= full_ms + 1 for wait_ms in seen)
            told = f"10 events that are always refused, {POLICY}, work() every ms"
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

    on_bench(part, look)


@check(points=10, law=4, claim="A poison event becomes a dead letter after its attempts, and holds up no other author",
       catches="retrying for ever, or a worker that stops at the first failure", read=f"{PAGE}#laws", after=a_failure_is_not_forgotten)  # fmt: skip
def poison_becomes_a_dead_letter(part: Any) -> None:
    poison, others = [_event(1, 1), _event(2, 2)], [_event(3, 3), _event(4, 1)]
    told = "events 1 and 2 (authors 1 and 2) are always refused, 3 is of author 3, 4 of author 1"

    async def look(bench: Bench) -> None:
        bench.timelines.refuse = lambda event: event in poison
        bench.outbox.rows = poison + others
        worker = bench.worker()
        await worker.relay(bench.outbox)
        await worker.work(bench.timelines)
        reached = {event_id for event_id, _ in bench.timelines.got}
        expect(
            3 in reached,
            expected="event 3 delivered in the first round: its author has nothing to do with the others",
            happened=f"events {sorted(reached)} were delivered",
            counterexample=f"{told}; relay() and work() once",
        )
        await bench.settle(worker)
        expect_attempts(bench, poison, told)
        await expect_letters(bench, poison, told)
        count = len(await worker.dead_letters(1))
        expect(count == 1, expected="1 dead letter", happened=f"{count} came", counterexample="dead_letters(1) of two")
        bench.expect_not_lost(others, told)
        again = f"{told}; the rows of 1 and 2 are relayed again when they are dead letters, with event 5 of author 1"
        bench.outbox.rows = [*poison, _event(5, 1)]
        finished = await bench.settle(worker)
        expect_attempts(bench, poison, again)
        bench.expect_not_lost([_event(5, 1)], again)
        expect(
            sum(finished) == 3, expected="3 events finished", happened=f"work() said {finished}", counterexample=again
        )

    on_bench(part, look)


@check(points=10, law=5, claim="Events of one author arrive in order, also when one is retried",
       catches="delivering the younger event while the elder waits for its retry", read=f"{PAGE}#laws", after=a_failure_is_not_forgotten)  # fmt: skip
def an_author_is_heard_in_order(part: Any) -> None:
    async def look(bench: Bench) -> None:
        bench.outbox.rows = [_event(n, n % 2) for n in range(1, 9)]
        bench.timelines.refuse = lambda event: event.id in (1, 4) and len(bench.timelines.tried[event.id]) < 3
        worker = bench.worker()
        for _ in range(20):
            await bench.settle(worker, 1)
        expect_order(bench, "8 events of two authors; events 1 and 4 are refused twice")

    on_bench(part, look)


@check(points=10, law=6, claim="What a dead worker held is taken over after its lease, not sooner",
       catches="never claiming, or claiming from a worker that is still alive", read=f"{PAGE}#laws")  # fmt: skip
def the_dead_are_taken_over(part: Any) -> None:
    async def look(bench: Bench, life: Life) -> tuple[bool, bool]:
        bench.outbox.rows = [_event(1, 1)]
        mortal, other = bench.worker(life), bench.worker()
        await bench.worker().relay(bench.outbox)
        with suppress(Died):
            await mortal.work(life.bound(bench.timelines))
        await bench.clock.sleep_ms(POLICY.lease_ms - 2)
        await other.work(bench.timelines)
        is_early = bool(bench.timelines.got)
        await bench.clock.sleep_ms(3)
        await other.work(bench.timelines)
        return is_early, bool(bench.timelines.got)

    steps = Life()
    on_bench(part, lambda bench: look(bench, steps))
    until = steps.steps.index("deliver") if "deliver" in steps.steps else len(steps.steps)
    found = [on_bench(part, lambda bench, n=n: look(bench, Life(n, after=True))) for n in range(1, until + 1)]
    waited = [is_late for is_early, is_late in found if not is_early]
    expect(
        waited,
        expected=f"nothing taken over before the lease of {POLICY.lease_ms} ms is over",
        happened="the event was delivered 2 ms before",
        counterexample="a worker takes the event from the stream; another calls work() 2 ms before the lease ends",
        about="lease_ms",
    )
    expect(
        any(waited),
        expected="the event delivered by the other worker",
        happened="it was not delivered",
        counterexample=f"a worker dies before it delivers the event that it took from the stream; another calls work() "
        f"1 ms after the lease of {POLICY.lease_ms} ms",
        about="lease_ms",
    )


@check(points=5, law=1, claim="A worker that dies between any two steps loses nothing",
       catches="acknowledging before the delivery", read=f"{PAGE}#laws", after=the_dead_are_taken_over)  # fmt: skip
def a_dead_worker_loses_nothing(part: Any) -> None:
    events = [_event(1, 1), _event(2, 2), _event(3, 1)]

    async def look(bench: Bench, life: Life, when: str) -> list[str]:
        bench.outbox.rows = list(events)
        await bench.worker().relay(bench.outbox)
        with suppress(Died):
            await bench.worker(life).work(life.bound(bench.timelines))
        await bench.settle(bench.worker())
        bench.expect_not_lost(events, when)
        return life.steps

    die_at_every_step(part, look, "3 events in the stream; work dies")


@check(points=5, law=4, claim="An event that kills its workers becomes a dead letter too, and its neighbours do not",
       catches="counting an attempt only when it comes back", read=f"{PAGE}#laws", after=a_dead_worker_loses_nothing)  # fmt: skip
def a_deadly_event_becomes_a_dead_letter(part: Any) -> None:
    deadly, others = _event(2, 2), [_event(1, 1), _event(3, 3)]
    told = "3 events of three authors; each worker dies when it delivers event 2, and another takes over"

    async def look(bench: Bench) -> None:
        bench.timelines.kills = lambda event: event == deadly
        bench.outbox.rows = [others[0], deadly, others[1]]
        await bench.worker().relay(bench.outbox)
        for _ in range(2 * POLICY.max_attempts):
            with suppress(Died):
                await bench.worker().work(bench.timelines)
            await bench.clock.sleep_ms(POLICY.lease_ms + 1)
        expect_attempts(bench, [deadly], told)
        letters = [letter.event.id for letter in await bench.worker().dead_letters()]
        expect(letters == [2], expected="a dead letter of event 2", happened=f"of {letters}", counterexample=told)
        bench.expect_not_lost(others, told)

    on_bench(part, look)


@check(points=5, law=5, claim="The order holds also when the worker of the elder died",
       catches="looking only at what this worker holds", read=f"{PAGE}#laws", after=a_dead_worker_loses_nothing)  # fmt: skip
def the_order_outlives_a_worker(part: Any) -> None:
    async def look(bench: Bench) -> None:
        bench.outbox.rows = [_event(n, n % 2) for n in range(1, 7)]
        bench.timelines.kills = lambda event: len(bench.timelines.tried) < 2
        first, second = bench.worker(), bench.worker()
        await first.relay(bench.outbox)
        with suppress(Died):
            await first.work(bench.timelines)
        bench.timelines.kills = lambda event: False
        bench.outbox.rows += [_event(7, 1), _event(8, 0)]
        for _ in range(30):
            await bench.settle(second, 1)
        expect_order(
            bench,
            "6 events of two authors, whose worker dies as it delivers the first; another relays 2 more and works on",
        )

    on_bench(part, look)
