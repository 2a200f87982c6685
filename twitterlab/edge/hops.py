"""Hops: how X-ray follows a request into another process, and a tweet into the worker's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from twitterlab.edge.xray import Recording, Span, Xray
from twitterlab.platform.broadcast import Broadcast, hear_deliveries
from twitterlab.platform.remote import Spans


class Hops(Xray):
    """An X-ray of several processes. With `broadcast` it tells the others what its worker delivered, and keeps what
    theirs did."""

    def __init__(self, stopwatch_ns: Callable[[], int], broadcast: Broadcast | None = None) -> None:
        super().__init__(stopwatch_ns)
        self._broadcast = broadcast
        if broadcast is not None:
            hear_deliveries(broadcast, self._keep_delivery)

    def is_tracing(self) -> bool:
        return self.recording() is not None

    async def hop(self, room: str, name: str, call: Awaitable[tuple[Any, Spans]]) -> Any:
        """Await a call to another process. Its spans stand below the hop's, centred in it: two processes have two
        stopwatches, and only how long each took is known."""
        recording = self.recording()
        assert recording is not None
        started_ns, depth = self._now_ns(), recording.depth
        recording.depth += 1
        note = "failed"
        spans: Spans = ()
        try:
            answer, spans = await call
            note = "hop"
            return answer
        finally:
            self.leave(recording, room, name, started_ns, depth, note)
            self._graft(recording, spans, started_ns, depth)

    async def recorded(self, name: str, call: Awaitable[Any]) -> tuple[Any, Spans]:
        """Await `call` for another process; its answer and its spans."""
        recording = Recording(name, self._now_ns())
        with self.into(recording):
            answer = await call
        return answer, tuple(map(_told, recording.spans))

    async def delivery(self, tweet_id: int, call: Awaitable[Any]) -> Any:
        answer = await super().delivery(tweet_id, call)
        found = self._deliveries.get(tweet_id)
        if self._broadcast is not None and found is not None:
            self._broadcast.say("delivered", tweet_id, [_told(span) for span in found.spans])
        return answer

    def _graft(self, recording: Recording, spans: Spans, started_ns: int, depth: int) -> None:
        took_us = (self._now_ns() - started_ns) // 1000
        inside_us = max((start_us + us for _, _, start_us, us, _, _ in spans), default=0)
        first_us = (started_ns - recording.started_ns) // 1000 + max(0, took_us - inside_us) // 2
        for room, name, start_us, us, below, note in spans:
            self.add(recording, Span(room, name, first_us + start_us, us, depth + 1 + below, note))

    def _keep_delivery(self, tweet_id: int, spans: Spans) -> None:
        recording = Recording("fan-out", 0)
        recording.spans = [Span(*span) for span in spans]
        self.keep_delivery(tweet_id, recording)


def _told(span: Span) -> tuple[str, str, int, int, int, str]:
    return span.room, span.name, span.start_us, span.us, span.depth, span.note
