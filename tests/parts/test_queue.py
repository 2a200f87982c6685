"""Each check of day 1.4 passes the solution, and fails the wrong implementation it names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solutions.week1.day4_queue import FanoutQueue
from twitterlab.course.checks import lineage
from twitterlab.parts.queue import NoQueue
from weeks.week1.checks import day4_queue as checks
from weeks.week1.checks import queue_bench
from weeks.week1.checks.lives import Died

ALL = [look for look in vars(checks).values() if hasattr(look, "check")]


class Rereads(FanoutQueue):
    """Takes nothing out of the outbox."""

    async def relay(self, outbox):
        return await super().relay(queue_bench.Rows(*await outbox.pending(self._policy.batch)))


class LeavesTheOutboxFirst(FanoutQueue):
    async def relay(self, outbox):
        events = await outbox.pending(self._policy.batch)
        await outbox.done([event.id for event in events])
        return await super().relay(queue_bench.Rows(*events))


class AcknowledgesFirst(FanoutQueue):
    async def _is_finished(self, entry, deliveries):
        await self._log.acknowledge(entry)
        return await super()._is_finished(entry, deliveries)


class Blind:
    """Every recipient is missing."""

    def __init__(self, deliveries):
        self.recipients = deliveries.recipients
        self.deliver = deliveries.deliver

    async def missing(self, event, user_ids):
        return user_ids


class DeliversBlindly(FanoutQueue):
    async def work(self, deliveries):
        return await super().work(Blind(deliveries))


class NoJitter(FanoutQueue):
    def _backoff_ms(self, attempt):
        return min(self._policy.backoff_ms * 2 ** (attempt - 1), self._policy.max_backoff_ms)


class StopsAtTheFirstFailure(FanoutQueue):
    async def work(self, deliveries):
        class Stops:
            missing, recipients = deliveries.missing, deliveries.recipients

            async def deliver(self, event, user_ids):
                try:
                    await deliveries.deliver(event, user_ids)
                except Exception as error:
                    raise Died from error

        try:
            return await super().work(Stops())
        except Died:
            return 0


class EachEventAnAuthor(FanoutQueue):
    """Nobody waits for an elder."""

    async def _held(self):
        held = await super()._held()
        return [replace(entry, event=replace(entry.event, author_id=entry.event.id)) for entry in held]


class NeverClaims(FanoutQueue):
    async def _held(self):
        return await self._log.held()


class NeverCountsADeath(FanoutQueue):
    async def _held(self):
        return [replace(entry, is_orphan=False) for entry in await super()._held()]


class NotStarted:
    def __init__(self, redis, clock, chance, policy, worker):
        raise NotImplementedError


WRONG = {
    checks.a_dead_relay_loses_nothing: LeavesTheOutboxFirst,
    checks.events_arrive_and_are_counted: Rereads,
    checks.a_failure_is_not_forgotten: AcknowledgesFirst,
    checks.nothing_arrives_twice: DeliversBlindly,
    checks.retries_back_off: NoJitter,
    checks.poison_becomes_a_dead_letter: StopsAtTheFirstFailure,
    checks.an_author_is_heard_in_order: EachEventAnAuthor,
    checks.the_dead_are_taken_over: NeverClaims,
    checks.a_dead_worker_loses_nothing: AcknowledgesFirst,
    checks.a_deadly_event_becomes_a_dead_letter: NeverCountsADeath,
    checks.the_order_outlives_a_worker: EachEventAnAuthor,
}


def test_the_points_sum_to_100():
    assert sum(look.check.points for look in ALL) == 100


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_the_solution_passes(look):
    look(FanoutQueue)


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_the_named_mistake_fails(look):
    with pytest.raises(AssertionError):
        look(WRONG[look])


def test_of_many_dead_letters_the_oldest_are_given_and_only_they_are_read():
    async def look(bench):
        bench.timelines.refuse = lambda event: True
        bench.outbox.rows = [checks._event(n, n) for n in (*range(9, 40), 2**62, 1)]
        await bench.settle(bench.worker(), 60)
        worker = bench.worker()
        assert [letter.event.id for letter in await worker.dead_letters(3)] == [1, 9, 10]
        assert len(await worker.dead_letters()) == 33
        assert await worker.dead_letters(0) == []

    queue_bench.on_bench(FanoutQueue, look)


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_the_null_part_scores_nothing(look):
    with pytest.raises((AssertionError, ValueError)):
        for one in lineage(look):
            one(NoQueue)


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_a_part_not_started_scores_nothing(look):
    with pytest.raises(NotImplementedError):
        look(NotStarted)
