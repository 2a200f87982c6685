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


class FanoutQueue:
    """Relay and fan-out worker over Redis Streams. Laws: `twitterlab.parts.queue.Queue`."""

    def __init__(self, redis: Any, clock: Any, chance: Any, policy: QueuePolicy, worker: str) -> None:
        self._redis = redis
        self._clock = clock
        self._chance = chance
        self._policy = policy
        self._worker = worker

    async def relay(self, outbox: Outbox) -> int:
        """Move at most `policy.batch` events from the outbox to the stream; how many. Laws 1 and 2."""
        # TODO(you): into the stream first, out of the outbox second
        raise NotImplementedError("into the stream first, out of the outbox second")

    async def work(self, deliveries: Deliveries) -> int:
        """One round: take over what is due, read at most `policy.batch` new entries, deliver, acknowledge.

        Returns how many events were finished (delivered or dead). Laws 1 to 6.
        """
        # TODO(you): read, claim; oldest first; skip an author with an elder that waits; ack last
        raise NotImplementedError("read, claim; oldest first; skip an author with an elder that waits; ack last")

    async def dead_letters(self, limit: int = 100) -> Sequence[DeadLetter]:
        """The oldest dead letters. Law 4."""
        # TODO(you): ids sort by time; a sorted set knows the oldest without reading all letters
        raise NotImplementedError("ids sort by time; a sorted set knows the oldest without reading all letters")
