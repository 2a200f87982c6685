"""Day 1.4, queue: outbox to stream to timelines; at least once on the way, once for the reader.

What a worker holds is the group's pending list, which Redis gives in stream order: an event's elders
are the pending entries of its author before it, whoever holds them. Tries stand in a hash, so a worker
that takes over keeps to them; what it took over it counts before it tries, for it may be what killed
the other. `Log` and `Held`, below, are given. Source: Redis Streams; Richardson, "Microservices
Patterns", 3.3.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from redis import ResponseError

from twitterlab.parts.queue import DeadLetter, Deliveries, Event, Outbox, QueuePolicy


class FanoutQueue:
    """Relay and fan-out worker over Redis Streams. Laws: `twitterlab.parts.queue.Queue`."""

    def __init__(self, redis: Any, clock: Any, chance: Any, policy: QueuePolicy, worker: str) -> None:
        self._log = Log(redis, policy, worker)
        self._clock = clock
        self._chance = chance
        self._policy = policy

    async def relay(self, outbox: Outbox) -> int:
        """Move at most `policy.batch` events from the outbox to the stream; how many. Laws 1 and 2."""
        # TODO(you): into the stream first, out of the outbox second
        raise NotImplementedError("into the stream first, out of the outbox second")

    async def work(self, deliveries: Deliveries) -> int:
        """One round: take over what is due, read at most `policy.batch` new entries, deliver, acknowledge.

        Returns how many events were finished (delivered or dead). Laws 1 to 6.
        """
        # TODO(you): oldest first; pass over an author with an elder that waits; acknowledge last
        raise NotImplementedError("oldest first; pass over an author with an elder that waits; acknowledge last")

    async def dead_letters(self, limit: int = 100) -> Sequence[DeadLetter]:
        """The oldest dead letters. Law 4."""
        # TODO(you): the log keeps them
        raise NotImplementedError("the log keeps them")


# Given from here on: Redis Streams in the words of the lesson. Read it once; there is nothing to change.


@dataclass(frozen=True, slots=True)
class Held:
    """An entry that was read and not acknowledged, by whichever worker of the group."""

    id: bytes
    event: Event
    is_mine: bool
    idle_ms: int  # since it was read, renewed or claimed
    is_orphan: bool  # it has outlived a worker
    tries: int  # noted so far; the delivery that outlived its worker counts as one
    retry_ms: int  # not to be tried before, on the clock


class Log:
    """The stream and what Redis keeps beside it: tries and dead letters. A process may die between any two calls."""

    GROUP = "fanout"
    HELD_BATCHES = 10
    """Nothing new is read while this many batches are held: a bound on what waits."""
    CLAIMED = 2
    """An entry delivered this often was claimed from a worker that went silent."""

    def __init__(self, redis: Any, policy: QueuePolicy, worker: str) -> None:
        self._redis = redis
        self._policy = policy
        self._worker = worker
        self._stream = policy.stream
        self._events: dict[bytes, Event] = {}
        self._dead: set[int] = set()

    async def append(self, events: Sequence[Event]) -> None:
        """Put `events` into the stream: all of them or none."""
        pipe = self._redis.pipeline(transaction=True)
        for event in events:
            pipe.xadd(self._stream, {b"event": json.dumps(astuple(event))})
        await pipe.execute()

    async def held(self) -> list[Held]:
        """Read a batch of new entries, renew what is ours, and tell all that the group holds, oldest first."""
        pending = await self._pending()
        ids = [item["message_id"] for item in pending]
        known, tries = await self._renew(pending)
        self._events = {entry_id: known[entry_id] for entry_id in ids if entry_id in known}
        self._dead = await self._buried([event.id for event in self._events.values()])
        return [
            _told(item, self._events[item["message_id"]], self._worker, kept)
            for item, kept in zip(pending, tries, strict=True)
            if item["message_id"] in self._events
        ]

    async def claim(self, entries: Sequence[Held], idle_ms: int) -> None:
        """Make those of `entries` ours that have still been idle for `idle_ms`. They are orphans from now on."""
        await self._redis.xclaim(
            self._stream, self.GROUP, self._worker, idle_ms, [entry.id for entry in entries],
            retrycount=self.CLAIMED, justid=True,
        )  # fmt: skip

    async def note(self, entry: Held, tries: int, retry_ms: int) -> None:
        """How often it was tried, and when it may be tried again: for whoever holds it next."""
        await self._redis.hset(self._name("tries"), entry.id, json.dumps([tries, retry_ms]))

    async def acknowledge(self, entry: Held) -> None:
        """Strike it off: nobody will be given it again."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.xack(self._stream, self.GROUP, entry.id)
        pipe.xdel(self._stream, entry.id)
        pipe.hdel(self._name("tries"), entry.id)
        await pipe.execute()

    async def bury(self, event: Event, error: str) -> None:
        """Keep a dead letter of `event`; a second one changes nothing."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.hsetnx(self._name("dead"), _padded(event.id), json.dumps([astuple(event), error]))
        pipe.zadd(self._name("dead_ids"), {_padded(event.id): 0})
        await pipe.execute()
        self._dead.add(event.id)

    def is_dead(self, event: Event) -> bool:
        """Whether there was a dead letter of `event` when `held` was last called, or has been since."""
        return event.id in self._dead

    async def letters(self, limit: int) -> list[DeadLetter]:
        """The oldest dead letters. Ids sort by time: a sorted set knows the oldest without reading all."""
        oldest = await self._redis.zrange(self._name("dead_ids"), 0, limit - 1) if limit > 0 else []
        kept = await self._redis.hmget(self._name("dead"), oldest) if oldest else []
        return [DeadLetter(Event(*event), error) for event, error in map(json.loads, filter(None, kept))]

    async def _pending(self) -> list[dict[str, Any]]:
        """Take a batch of new entries, then list what the group has pending, in stream order."""
        room = self.HELD_BATCHES * self._policy.batch
        pipe = self._redis.pipeline(transaction=False)
        if len(self._events) < room:
            pipe.xreadgroup(self.GROUP, self._worker, {self._stream: ">"}, count=self._policy.batch)
        pipe.xpending_range(self._stream, self.GROUP, "-", "+", room + self._policy.batch)
        try:
            pending: list[dict[str, Any]] = (await pipe.execute())[-1]
        except ResponseError:
            if not await self._create_group():
                raise
            return await self._pending()
        return pending

    async def _create_group(self) -> bool:
        """True if there was none."""
        try:
            await self._redis.xgroup_create(self._stream, self.GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
            return False
        return True

    async def _renew(self, pending: list[dict[str, Any]]) -> tuple[dict[bytes, Event], list[bytes | None]]:
        """Claim our own again, as a worker does that lives. Every pending event, and what was noted of each."""
        ids = [item["message_id"] for item in pending]
        ours = [item["message_id"] for item in pending if self._is_alive(item)]
        pipe = self._redis.pipeline(transaction=False)
        for entry_id in (unknown := [entry_id for entry_id in ids if entry_id not in self._events]):
            pipe.xrange(self._stream, entry_id, entry_id)
        if ids:
            pipe.hmget(self._name("tries"), ids)
        if ours:
            pipe.xclaim(self._stream, self.GROUP, self._worker, 0, ours, justid=True)
        replies = await pipe.execute()
        found = dict(reply[0] for reply in replies[: len(unknown)] if reply)
        read = {entry_id: Event(*json.loads(fields[b"event"])) for entry_id, fields in found.items()}
        return self._events | read, replies[len(unknown)] if ids else []

    def _is_alive(self, item: dict[str, Any]) -> bool:
        """Whether it is ours, and we were not silent for so long that it may be another's by now."""
        return item["consumer"] == self._worker.encode() and item["time_since_delivered"] < self._policy.lease_ms

    async def _buried(self, event_ids: Sequence[int]) -> set[int]:
        kept = await self._redis.hmget(self._name("dead"), map(_padded, event_ids)) if event_ids else []
        return {event_id for event_id, letter in zip(event_ids, kept, strict=True) if letter}

    def _name(self, noun: str) -> str:
        return f"{self._stream}:{noun}"


def _told(item: dict[str, Any], event: Event, worker: str, kept: bytes | None) -> Held:
    is_orphan = item["times_delivered"] >= Log.CLAIMED
    tries, retry_ms = json.loads(kept) if kept else (int(is_orphan), 0)
    is_mine = item["consumer"] == worker.encode()
    return Held(item["message_id"], event, is_mine, item["time_since_delivered"], is_orphan, tries, retry_ms)


def _padded(event_id: int) -> str:
    """Sorts as the id does."""
    return f"{event_id:020}"
