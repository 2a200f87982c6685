"""Slot `queue`: the at-least-once log between a tweet that was accepted and the timelines it must reach.

A client part over Redis Streams. A tweet is acknowledged once its row and its outbox row are
committed together; `relay` moves outbox rows to the stream; `work` delivers what the stream holds.
Any of these may die between any two steps. Sources: the transactional outbox and idempotent
consumer patterns (Richardson, "Microservices Patterns", chapter 3); Redis Streams documentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened and must be delivered. `id` is unique and sorts by time;
    `kind` is `posted`, `liked`, `followed`…; `author_id` caused it; `subject_id` is what it is about."""

    id: int
    kind: str
    author_id: int
    subject_id: int


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """Every bound of the worker. Times in milliseconds."""

    stream: str = "{events}"  # in braces: on a cluster all keys that begin so are on one node, and share transactions
    batch: int = 100
    max_attempts: int = 5
    backoff_ms: int = 100
    max_backoff_ms: int = 10_000
    lease_ms: int = 30_000  # a delivery pending longer than this belongs to a dead worker


class Outbox(Protocol):
    """Rows committed with the write that caused them. Given to the part."""

    async def pending(self, limit: int) -> Sequence[Event]:
        """The oldest rows not yet marked done, in order."""
        ...

    async def done(self, event_ids: Sequence[int]) -> None:
        """Forget these rows. A second time changes nothing."""
        ...


class Deliveries(Protocol):
    """Where events go. Given to the part. Any call may raise; then nothing of it happened."""

    async def recipients(self, event: Event) -> Sequence[int]:
        """Users this event must reach."""
        ...

    async def missing(self, event: Event, user_ids: Sequence[int]) -> Sequence[int]:
        """Those of `user_ids` that this event has not reached yet."""
        ...

    async def deliver(self, event: Event, user_ids: Sequence[int]) -> None:
        """Append the event for each user, blindly: a second call repeats it for all to see."""
        ...


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that failed `max_attempts` times, and the last error."""

    event: Event
    error: str


class Queue(Protocol):
    """The relay and the fan-out worker, constructed as `FanoutQueue(redis, clock, chance, policy, worker)`.

    `redis` is a `redis.asyncio.Redis` without response decoding; `worker` names this consumer (a
    restarted worker has a new name).

    Laws:
      1. Nothing acknowledged is lost when the process dies between any two steps: a row leaves the
         outbox only after it is in the stream, an entry is acknowledged only after its delivery.
      2. A redelivered or twice relayed event reaches no user twice.
      3. A failed delivery is retried after exponential backoff with jitter: the k-th retry waits at
         least `backoff_ms * 2**(k-1) / 2` and at most `backoff_ms * 2**(k-1)`, capped at
         `max_backoff_ms`; nothing sleeps inside `work`.
      4. A poison event becomes a dead letter after `max_attempts` and blocks no other author meanwhile.
      5. Events of one author arrive in order, also when one of them is retried; an event waits for
         its elders until they are delivered or dead.
      6. What a dead worker held is taken over after `lease_ms`, not sooner.
    """

    async def relay(self, outbox: Outbox) -> int:
        """Move at most `policy.batch` events from the outbox to the stream; how many."""
        ...

    async def work(self, deliveries: Deliveries) -> int:
        """One round: take over what is due, at most `policy.batch` new entries, deliver,
        acknowledge. How many events were finished (delivered or dead)."""
        ...

    async def dead_letters(self, limit: int = 100) -> Sequence[DeadLetter]:
        """The oldest dead letters."""
        ...


class NoQueue:
    """Null part: hands the outbox straight to the deliveries, once, and forgets it whatever happens."""

    def __init__(self, redis: Any, clock: Any, chance: Any, policy: QueuePolicy, worker: str) -> None:
        self._batch = policy.batch
        self._events: list[Event] = []

    async def relay(self, outbox: Outbox) -> int:
        self._events.extend(await outbox.pending(self._batch))
        await outbox.done([event.id for event in self._events])
        return len(self._events)

    async def work(self, deliveries: Deliveries) -> int:
        events, self._events = self._events, []
        for event in events:
            await deliveries.deliver(event, await deliveries.recipients(event))
        return len(events)

    async def dead_letters(self, limit: int = 100) -> Sequence[DeadLetter]:
        return ()
