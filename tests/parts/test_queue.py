"""Each check of day 1.4 passes the solution, and fails the wrong implementation it names."""

from __future__ import annotations

import pytest

from solutions.week1 import day4_queue
from solutions.week1.day4_queue import FanoutQueue
from twitterlab.parts.queue import NoQueue
from weeks.week1.checks import day4_queue as checks

ALL = [look for look in vars(checks).values() if hasattr(look, "check")]


class LeavesTheOutboxFirst(FanoutQueue):
    async def relay(self, outbox):
        events = await outbox.pending(self._policy.batch)
        await outbox.done([event.id for event in events])
        return await super().relay(checks.Rows(*events))


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
        self._policy = checks.QueuePolicy(
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


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_the_null_part_scores_nothing(look):
    with pytest.raises((AssertionError, ValueError)):
        look(NoQueue)


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_a_part_not_started_scores_nothing(look):
    with pytest.raises(NotImplementedError):
        look(NotStarted)
