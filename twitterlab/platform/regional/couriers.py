"""Deliveries from one machine to others: kept until they are acknowledged, in order, so many at a time."""

from __future__ import annotations

from collections import deque
from typing import Any

from twitterlab.errors import Failure
from twitterlab.world.node import Node

BATCH, LIMIT = 50, 5_000
AGAIN_MS, TIMEOUT_MS = 200, 500


class Couriers:
    """One queue a target. What does not fit is forgotten, and the target told to begin anew (`overflow`)."""

    def __init__(self, node: Node, method: str, overflow: str) -> None:
        self._node, self._method, self._overflow = node, method, overflow
        self._waiting: dict[str, deque[Any]] = {}
        self._busy: set[str] = set()
        self._overflown: set[str] = set()

    @property
    def waiting(self) -> int:
        """What is not yet acknowledged."""
        return sum(map(len, self._waiting.values()))

    def put(self, target: str, item: Any) -> None:
        """See to it that `target` gets it, once or more often."""
        queue = self._waiting.setdefault(target, deque())
        queue.append(item)
        if len(queue) > LIMIT:
            queue.clear()
            self._overflown.add(target)
        if target not in self._busy:
            self._busy.add(target)
            self._node.spawn(self._bring(target), f"courier to {target}")

    async def _bring(self, target: str) -> None:
        queue = self._waiting[target]
        while queue or target in self._overflown:
            is_anew = target in self._overflown
            items = [] if is_anew else [queue[place] for place in range(min(BATCH, len(queue)))]
            try:
                await self._node.call(target, self._overflow if is_anew else self._method, items, TIMEOUT_MS)
            except Failure:
                await self._node.clock.sleep_ms(AGAIN_MS)
                continue
            if is_anew:
                self._overflown.discard(target)
            for item in items:
                if queue and queue[0] is item:
                    queue.popleft()
        self._busy.discard(target)
