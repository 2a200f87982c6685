"""X-ray: the way a request took through the system, piece by piece, with the time of each.

Stores and parts are wrapped once, when a system is served. While a request is being traced, every call through a
wrapper leaves a span; otherwise it costs one look at a context variable. Fan-out happens after the answer, in the
worker: its spans are kept under the tweet that it delivers.
"""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from msgspec import Struct

KEPT = 2_000
"""Traces remembered; the oldest is dropped first."""
SPANS = 200
"""Spans of one trace; later ones are only counted."""


class Span(Struct, frozen=True):
    """One call: `room` and `name` say where, `note` what came of it, times are in microseconds since the start."""

    room: str
    name: str
    start_us: int
    us: int
    depth: int
    note: str = ""


class Traced(Struct, frozen=True):
    """One request. `then` is what the worker did about it after the answer."""

    name: str
    us: int
    spans: tuple[Span, ...]
    dropped: int
    then: tuple[Span, ...] = ()


class Recording:
    """Spans as they end. `owner` may read them."""

    __slots__ = ("depth", "dropped", "ended_ns", "name", "owner", "spans", "started_ns", "tweet_id")

    def __init__(self, name: str, started_ns: int, owner: int = 0) -> None:
        self.name, self.started_ns, self.owner = name, started_ns, owner
        self.ended_ns, self.depth, self.dropped, self.tweet_id = started_ns, 0, 0, 0
        self.spans: list[Span] = []


_recording: ContextVar[Recording | None] = ContextVar("xray", default=None)


class Xray:
    """The traces of one process."""

    def __init__(self, stopwatch_ns: Callable[[], int]) -> None:
        self._now_ns, self._number = stopwatch_ns, 0
        self._requests: OrderedDict[str, Recording] = OrderedDict()
        self._deliveries: OrderedDict[int, Recording] = OrderedDict()

    async def request(self, name: str, owner: int, call: Awaitable[Any]) -> tuple[Any, str]:
        """Await `call` as one traced request; its answer, and the key of the trace."""
        recording = Recording(name, self._now_ns(), owner)
        self._number += 1
        key = f"{self._number:x}"
        token = _recording.set(recording)
        try:
            return await call, key
        finally:
            _recording.reset(token)
            recording.ended_ns = self._now_ns()
            _keep(self._requests, key, recording)

    def posted(self, tweet_id: int) -> None:
        """The request of now has made this tweet."""
        recording = _recording.get()
        if recording is not None:
            recording.tweet_id = tweet_id

    def read(self, key: str, owner: int) -> Traced | None:
        """The trace of one of `owner`'s requests."""
        found = self._requests.get(key)
        if found is None or found.owner != owner:
            return None
        then = self._deliveries.get(found.tweet_id)
        us = (found.ended_ns - found.started_ns) // 1000
        return Traced(found.name, us, _in_order(found), found.dropped, _in_order(then) if then else ())

    def watch(self, room: str, target: Any) -> Any:
        """`target`, whose calls leave spans named `room`."""
        return _Watched(self, room, target)

    def deliveries(self, target: Any) -> Any:
        """The queue's deliveries: each tweet's are traced under its id."""
        return _Deliveries(self, target)

    def cache(self, part: Any) -> Any:
        """The cache part; a span of `get` says whether it was a hit."""
        return _Cache(self, "cache", part)

    def call(self, room: str, name: str, recording: Recording, made: Callable[[], Any]) -> Any:
        """Make one call and leave its span."""
        started_ns, depth = self._now_ns(), recording.depth
        recording.depth += 1
        try:
            answer = made()
        except BaseException:
            self.leave(recording, room, name, started_ns, depth, "failed")
            raise
        if inspect.isawaitable(answer):
            return self._awaited(room, name, recording, answer, started_ns, depth)
        self.leave(recording, room, name, started_ns, depth, _size(answer))
        return answer

    async def _awaited(
        self, room: str, name: str, recording: Recording, answer: Awaitable[Any], started_ns: int, depth: int
    ) -> Any:
        note = "failed"
        try:
            result = await answer
            note = _size(result)
            return result
        finally:
            self.leave(recording, room, name, started_ns, depth, note)

    def leave(self, recording: Recording, room: str, name: str, started_ns: int, depth: int, note: str) -> None:
        recording.depth = depth
        start_us, us = (started_ns - recording.started_ns) // 1000, (self._now_ns() - started_ns) // 1000
        self.add(recording, Span(room, name, start_us, us, depth, note))

    def add(self, recording: Recording, span: Span) -> None:
        if len(recording.spans) >= SPANS:
            recording.dropped += 1
        else:
            recording.spans.append(span)

    def recording(self) -> Recording | None:
        """What the request of now is recorded in."""
        return _recording.get()

    @contextmanager
    def into(self, recording: Recording) -> Iterator[None]:
        """What is called now is recorded there."""
        token = _recording.set(recording)
        try:
            yield
        finally:
            _recording.reset(token)

    def keep_delivery(self, tweet_id: int, recording: Recording) -> None:
        """What a worker did about a tweet."""
        _keep(self._deliveries, tweet_id, recording)

    async def delivery(self, tweet_id: int, call: Awaitable[Any]) -> Any:
        """Await the worker's `call` about one tweet."""
        recording = self._deliveries.get(tweet_id) or Recording("fan-out", self._now_ns())
        token = _recording.set(recording)
        try:
            return await call
        finally:
            _recording.reset(token)
            recording.ended_ns = self._now_ns()
            _keep(self._deliveries, tweet_id, recording)


class _Watched:
    """Passes everything on; calls inside a traced request leave a span."""

    def __init__(self, xray: Xray, room: str, target: Any) -> None:
        self._xray, self._room, self._target = xray, room, target

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found):
            return found
        xray, room = self._xray, self._room

        def watched(*values: Any, **named: Any) -> Any:
            recording = _recording.get()
            if recording is None:
                return found(*values, **named)
            return xray.call(room, name, recording, lambda: found(*values, **named))

        self.__dict__[name] = watched
        return watched


class _Cache(_Watched):
    async def get(self, entry: Any, load: Any, *more: Any) -> Any:
        recording = _recording.get()
        if recording is None:
            return await self._target.get(entry, load, *more)
        missed = False

        async def loaded() -> Any:
            nonlocal missed
            missed = True
            return await load()

        started_ns, depth = self._xray._now_ns(), recording.depth
        recording.depth += 1
        try:
            return await self._target.get(entry, loaded, *more)
        finally:
            self._xray.leave(recording, self._room, "get", started_ns, depth, "miss" if missed else "hit")


class _Deliveries(_Watched):
    def __init__(self, xray: Xray, target: Any) -> None:
        super().__init__(xray, "fan-out", target)

    async def deliver(self, event: Any, user_ids: Any) -> Any:
        return await self._xray.delivery(event.subject_id, self._deliver(event, user_ids))

    async def _deliver(self, event: Any, user_ids: Any) -> Any:
        recording = _recording.get()
        assert recording is not None
        started_ns = self._xray._now_ns()
        try:
            return await self._target.deliver(event, user_ids)
        finally:
            self._xray.leave(recording, "fan-out", "deliver", started_ns, 0, f"to {len(user_ids)}")


def _keep(kept: OrderedDict[Any, Recording], key: Any, recording: Recording) -> None:
    kept[key] = recording
    while len(kept) > KEPT:
        kept.popitem(last=False)


def _in_order(recording: Recording) -> tuple[Span, ...]:
    return tuple(sorted(recording.spans, key=lambda span: (span.start_us, span.depth)))


def _size(answer: Any) -> str:
    return f"{len(answer)} found" if isinstance(answer, list | tuple | set | frozenset | dict) else ""
