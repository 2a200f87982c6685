"""Each check of day 1.4 passes the solution, and fails the wrong implementation it names."""

from __future__ import annotations

import pytest

from solutions.week1 import day4_queue
from solutions.week1.day4_queue import FanoutQueue
from twitterlab.parts.queue import NoQueue
from weeks.week1.checks import day4_queue as checks
from weeks.week1.checks import queue_bench

ALL = [look for look in vars(checks).values() if hasattr(look, "check")]


class LeavesTheOutboxFirst(FanoutQueue):
    async def relay(self, outbox):
        events = await outbox.pending(self._policy.batch)
        await outbox.done([event.id for event in events])
        return await super().relay(queue_bench.Rows(*events))


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
                    raise checks.Died from error

        try:
            return await super().work(Stops())
        except checks.Died:
            return 0


class EachEventAnAuthor(FanoutQueue):
    async def work(self, deliveries):
        class Unblocked(set):
            def __contains__(self, item):
                return False

        before = getattr(day4_queue, "set", set)
        day4_queue.set = Unblocked
        try:
            return await super().work(deliveries)
        finally:
            day4_queue.set = before


class NeverClaims(FanoutQueue):
    def __init__(self, redis, clock, chance, policy, worker):
        super().__init__(redis, clock, chance, policy, worker)
        self._policy = queue_bench.QueuePolicy(
            **{name: getattr(policy, name) for name in policy.__slots__} | {"lease_ms": 10**12}
        )


class NotStarted:
    def __init__(self, redis, clock, chance, policy, worker):
        raise NotImplementedError


WRONG = {
    checks.a_death_loses_nothing: LeavesTheOutboxFirst,
    checks.nothing_arrives_twice: DeliversBlindly,
    checks.retries_back_off: NoJitter,
    checks.poison_becomes_a_dead_letter: StopsAtTheFirstFailure,
    checks.an_author_is_heard_in_order: EachEventAnAuthor,
    checks.the_dead_are_taken_over: NeverClaims,
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


def test_an_event_that_kills_its_workers_becomes_a_dead_letter_and_its_neighbours_do_not():
    deadly, before, after = checks._event(2, 2), checks._event(1, 1), checks._event(3, 3)

    class Deadly(queue_bench.Timelines):
        async def deliver(self, event, user_ids):
            if event == deadly:
                self.tried.setdefault(event.id, []).append(self.clock.now_ms())
                raise checks.Died
            await super().deliver(event, user_ids)

    async def look(bench):
        bench.timelines = Deadly(bench.clock)
        bench.outbox.rows = [before, deadly, after]
        await bench.worker().relay(bench.outbox)
        deaths = 0
        for _ in range(3 * checks.POLICY.max_attempts):
            try:
                await bench.worker().work(bench.timelines)
            except checks.Died:
                deaths += 1
            await bench.clock.sleep_ms(checks.POLICY.lease_ms + 1)
        assert deaths == checks.POLICY.max_attempts
        (letter,) = await bench.worker().dead_letters()
        assert letter.event == deadly
        assert "no worker survived" in letter.error
        bench.expect_once([before, after], "beside an event that kills")

    checks._bench(FanoutQueue, look)


def test_of_many_dead_letters_the_oldest_are_given_and_only_they_are_read():
    async def look(bench):
        bench.timelines.refuse = lambda event: True
        bench.outbox.rows = [checks._event(n, n) for n in (*range(9, 40), 2**62, 1)]
        await bench.settle(bench.worker(), 60)
        worker = bench.worker()
        assert [letter.event.id for letter in await worker.dead_letters(3)] == [1, 9, 10]
        assert len(await worker.dead_letters()) == 33
        assert await worker.dead_letters(0) == []

    checks._bench(FanoutQueue, look)


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_the_null_part_scores_nothing(look):
    with pytest.raises((AssertionError, ValueError)):
        look(NoQueue)


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_a_part_not_started_scores_nothing(look):
    with pytest.raises(NotImplementedError):
        look(NotStarted)
