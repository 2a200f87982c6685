"""Day 1.4, queue: outbox to stream to timelines; at least once on the way, once for the reader.

What a worker holds is the group's pending list, which Redis gives in stream order: an event's elders
are the pending entries of its author before it, whoever holds them. Retry times stand in a hash, so a
worker that takes over keeps to them. Source: Redis Streams; Richardson, "Microservices Patterns", 3.3.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

from redis import ResponseError

from twitterlab.parts.queue import DeadLetter, Deliveries, Event, Outbox, QueuePolicy

# BEGIN SOLUTION
GROUP = "fanout"
HELD_BATCHES = 10
"""A round reads nothing new while this many batches are pending: a bound on what waits."""
# END SOLUTION


class FanoutQueue:
    """Relay and fan-out worker over Redis Streams. Laws: `twitterlab.parts.queue.Queue`."""

    def __init__(self, redis: Any, clock: Any, chance: Any, policy: QueuePolicy, worker: str) -> None:
        self._redis = redis
        self._clock = clock
        self._chance = chance
        self._policy = policy
        self._worker = worker
        # BEGIN SOLUTION
        self._events: dict[bytes, Event] = {}
        self._held = 0
        # END SOLUTION

    async def relay(self, outbox: Outbox) -> int:
        """Move at most `policy.batch` events from the outbox to the stream; how many. Laws 1 and 2."""
        # BEGIN SOLUTION: into the stream first, out of the outbox second
        events = await outbox.pending(self._policy.batch)
        if not events:
            return 0
        pipe = self._redis.pipeline(transaction=True)
        for event in events:
            pipe.xadd(self._policy.stream, {b"event": json.dumps(astuple(event))})
        await pipe.execute()
        await outbox.done([event.id for event in events])
        return len(events)
        # END SOLUTION

    async def work(self, deliveries: Deliveries) -> int:
        """One round: take over what is due, read at most `policy.batch` new entries, deliver, acknowledge.

        Returns how many events were finished (delivered or dead). Laws 1 to 6.
        """
        # BEGIN SOLUTION: read, claim; oldest first; skip an author with an elder that waits; ack last
        pending = await self._pending()
        if not pending:
            return 0
        mine, failures, dead = await self._hold(pending)
        blocked: set[int] = set()
        finished: list[bytes] = []
        pipe = self._redis.pipeline(transaction=True)
        for entry_id in sorted(self._events, key=_order):
            event = self._events[entry_id]
            attempts, retry_ms = failures.get(entry_id, (0, 0))
            if event.author_id in blocked or entry_id not in mine or retry_ms > self._clock.now_ms():
                blocked.add(event.author_id)
                continue
            error = None if event.id in dead else await _deliver(deliveries, event)
            if error is not None and attempts + 1 < self._policy.max_attempts:
                blocked.add(event.author_id)
                retry_ms = self._clock.now_ms() + self._backoff_ms(attempts + 1)
                pipe.hset(self._name("failures"), entry_id, json.dumps([attempts + 1, retry_ms]))
                continue
            if error is not None:
                dead.add(event.id)
                pipe.hsetnx(self._name("dead"), str(event.id), json.dumps([astuple(event), error]))
            finished.append(entry_id)
        if finished:
            pipe.xack(self._policy.stream, GROUP, *finished)
            pipe.xdel(self._policy.stream, *finished)
            pipe.hdel(self._name("failures"), *finished)
        await pipe.execute()
        return len(finished)
        # END SOLUTION

    async def dead_letters(self, limit: int = 100) -> Sequence[DeadLetter]:
        """The oldest dead letters. Law 4."""
        # BEGIN SOLUTION: ids sort by time, so the smallest are the oldest
        kept = await self._redis.hgetall(self._name("dead"))
        letters = [DeadLetter(Event(*event), error) for event, error in map(json.loads, kept.values())]
        return sorted(letters, key=lambda letter: letter.event.id)[:limit]
        # END SOLUTION

    # BEGIN SOLUTION
    async def _pending(self) -> list[dict[str, Any]]:
        """Take a batch of new entries, then list what the group has pending, in stream order."""
        room = HELD_BATCHES * self._policy.batch
        pipe = self._redis.pipeline(transaction=False)
        if self._held < room:
            pipe.xreadgroup(GROUP, self._worker, {self._policy.stream: ">"}, count=self._policy.batch)
        pipe.xpending_range(self._policy.stream, GROUP, "-", "+", room + self._policy.batch)
        try:
            pending: list[dict[str, Any]] = (await pipe.execute())[-1]
        except ResponseError:
            if not await self._create_group():
                raise
            return await self._pending()
        self._held = len(pending)
        return pending

    async def _create_group(self) -> bool:
        """True if there was none."""
        try:
            await self._redis.xgroup_create(self._policy.stream, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
            return False
        return True

    async def _hold(self, pending: list[dict[str, Any]]) -> tuple[set[bytes], dict[bytes, tuple[int, int]], set[int]]:
        """Renew what is ours, claim what is overdue, learn every pending event. Returns the ids of entries
        that are ours now, their failures so far with the time of the next try, and the dead event ids."""
        ids = [item["message_id"] for item in pending]
        lease_ms, me = self._policy.lease_ms, self._worker.encode()
        overdue = [item["message_id"] for item in pending if item["time_since_delivered"] >= lease_ms]
        ours = [item["message_id"] for item in pending if item["consumer"] == me and item["message_id"] not in overdue]
        unknown = [entry_id for entry_id in ids if entry_id not in self._events]
        pipe = self._redis.pipeline(transaction=False)
        for wanted, idle_ms in ((ours, 0), (overdue, lease_ms)):
            if wanted:
                pipe.xclaim(self._policy.stream, GROUP, self._worker, idle_ms, wanted, justid=True)
        pipe.hmget(self._name("failures"), ids)
        pipe.hkeys(self._name("dead"))
        for entry_id in unknown:
            pipe.xrange(self._policy.stream, entry_id, entry_id)
        replies = await pipe.execute()
        claims = bool(ours) + bool(overdue)
        mine = {entry_id for reply in replies[:claims] for entry_id in reply}
        failures = {i: tuple(json.loads(kept)) for i, kept in zip(ids, replies[claims], strict=True) if kept}
        found = dict(reply[0] for reply in replies[claims + 2 :] if reply)
        known = self._events | {i: Event(*json.loads(fields[b"event"])) for i, fields in found.items()}
        self._events = {entry_id: known[entry_id] for entry_id in ids if entry_id in known}
        return mine, failures, set(map(int, replies[claims + 1]))

    def _backoff_ms(self, attempt: int) -> int:
        longest_ms = min(self._policy.backoff_ms * 2 ** (attempt - 1), self._policy.max_backoff_ms)
        return math.ceil(longest_ms / 2 + self._chance.random() * (longest_ms // 2))

    def _name(self, noun: str) -> str:
        return f"{self._policy.stream}:{noun}"


async def _deliver(deliveries: Deliveries, event: Event) -> str | None:
    """To those it has not reached yet; the error, or None."""
    try:
        missing = await deliveries.missing(event, await deliveries.recipients(event))
        if missing:
            await deliveries.deliver(event, missing)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def _order(entry_id: bytes) -> tuple[int, ...]:
    return tuple(map(int, entry_id.split(b"-")))


# END SOLUTION
