"""Day 1.4, queue: outbox to stream to timelines; at least once on the way, once for the reader.

What a worker holds is the group's pending list, which Redis gives in stream order: an event's elders
are the pending entries of its author before it, whoever holds them. Tries stand in a hash, so a worker
that takes over keeps to them; what it took over it counts before it tries, for it may be what killed
the other. Source: Redis Streams; Richardson, "Microservices Patterns", 3.3.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from redis import ResponseError

from twitterlab.parts.queue import DeadLetter, Deliveries, Event, Outbox, QueuePolicy

# BEGIN SOLUTION
GROUP = "fanout"
HELD_BATCHES = 10
"""A round reads nothing new while this many batches are pending: a bound on what waits."""
TAKEN_OVER = 2
"""An entry delivered this often has outlived a worker."""
DEADLY = "no worker survived its delivery"


@dataclass(frozen=True, slots=True)
class _Held:
    """A round's pending entries: which are ours, which outlived a worker, how often each was tried with the time of
    its next try, and the ids of events that are dead letters."""

    mine: set[bytes]
    orphans: set[bytes]
    tries: dict[bytes, tuple[int, int]]
    dead: set[int]


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
        held = await self._hold(pending)
        blocked: set[int] = set()
        finished = 0
        pipe = self._redis.pipeline(transaction=True)
        for entry_id in sorted(self._events, key=_order):
            event = self._events[entry_id]
            is_orphan = entry_id in held.orphans
            tries, retry_ms = held.tries.get(entry_id, (int(is_orphan), 0))
            if event.author_id in blocked or entry_id not in held.mine or retry_ms > self._clock.now_ms():
                blocked.add(event.author_id)
                continue
            if is_orphan:  # counted before it is tried: it may be what killed its worker
                await self._redis.hset(self._name("tries"), entry_id, json.dumps([tries + 1, 0]))
            error = None
            if event.id not in held.dead:
                error = await _deliver(deliveries, event) if tries < self._policy.max_attempts else DEADLY
            if error is not None and tries + 1 < self._policy.max_attempts:
                blocked.add(event.author_id)
                retry_ms = self._clock.now_ms() + self._backoff_ms(tries + 1)
                pipe.hset(self._name("tries"), entry_id, json.dumps([tries + 1, retry_ms]))
                continue
            if error is not None:
                held.dead.add(event.id)
                self._bury(pipe, event, error)
            self._finish(pipe, entry_id)
            finished += 1
            if is_orphan:  # one by one: what is done is not tried again after the next death
                await pipe.execute()
        await pipe.execute()
        return finished
        # END SOLUTION

    async def dead_letters(self, limit: int = 100) -> Sequence[DeadLetter]:
        """The oldest dead letters. Law 4."""
        # BEGIN SOLUTION: ids sort by time; a sorted set knows the oldest without reading all letters
        oldest = await self._redis.zrange(self._name("dead_ids"), 0, limit - 1) if limit > 0 else []
        kept = await self._redis.hmget(self._name("dead"), oldest) if oldest else []
        return [DeadLetter(Event(*event), error) for event, error in map(json.loads, filter(None, kept))]
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

    async def _hold(self, pending: list[dict[str, Any]]) -> _Held:
        """Renew what is ours, claim what is overdue, learn every pending event."""
        ids = [item["message_id"] for item in pending]
        lease_ms, me = self._policy.lease_ms, self._worker.encode()
        overdue = [item["message_id"] for item in pending if item["time_since_delivered"] >= lease_ms]
        ours = [item["message_id"] for item in pending if item["consumer"] == me and item["message_id"] not in overdue]
        unknown = [entry_id for entry_id in ids if entry_id not in self._events]
        pipe = self._redis.pipeline(transaction=False)
        for wanted, idle_ms, count in ((ours, 0, None), (overdue, lease_ms, TAKEN_OVER)):
            if wanted:
                pipe.xclaim(self._policy.stream, GROUP, self._worker, idle_ms, wanted, retrycount=count, justid=True)
        pipe.hmget(self._name("tries"), ids)
        for entry_id in unknown:
            pipe.xrange(self._policy.stream, entry_id, entry_id)
        replies = await pipe.execute()
        claims = bool(ours) + bool(overdue)
        found = dict(reply[0] for reply in replies[claims + 1 :] if reply)
        known = self._events | {i: Event(*json.loads(fields[b"event"])) for i, fields in found.items()}
        self._events = {entry_id: known[entry_id] for entry_id in ids if entry_id in known}
        return _Held(
            mine={entry_id for reply in replies[:claims] for entry_id in reply},
            orphans={item["message_id"] for item in pending if item["times_delivered"] >= TAKEN_OVER} | set(overdue),
            tries={i: tuple(json.loads(kept)) for i, kept in zip(ids, replies[claims], strict=True) if kept},
            dead=await self._dead([event.id for event in self._events.values()]),
        )

    async def _dead(self, event_ids: Sequence[int]) -> set[int]:
        """Those that are dead letters: a second entry of theirs is not delivered either."""
        kept = await self._redis.hmget(self._name("dead"), [_padded(id_) for id_ in event_ids]) if event_ids else []
        return {id_ for id_, letter in zip(event_ids, kept, strict=True) if letter}

    def _bury(self, pipe: Any, event: Event, error: str) -> None:
        pipe.hsetnx(self._name("dead"), _padded(event.id), json.dumps([astuple(event), error]))
        pipe.zadd(self._name("dead_ids"), {_padded(event.id): 0})

    def _finish(self, pipe: Any, entry_id: bytes) -> None:
        pipe.xack(self._policy.stream, GROUP, entry_id)
        pipe.xdel(self._policy.stream, entry_id)
        pipe.hdel(self._name("tries"), entry_id)

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


def _padded(event_id: int) -> str:
    """Sorts as the id does."""
    return f"{event_id:020}"


def _order(entry_id: bytes) -> tuple[int, ...]:
    return tuple(map(int, entry_id.split(b"-")))


# END SOLUTION
