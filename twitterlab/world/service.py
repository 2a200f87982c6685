"""What one process does for others: handlers by method, so many at a time, so many waiting.

A request that finds the waiting room full is refused at once as overloaded: a queue without a bound
only hides that a service is too slow.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context
from inspect import iscoroutine
from typing import Any

from twitterlab.errors import BadInput, Refused, Uncertain
from twitterlab.world.calls import Calls
from twitterlab.world.frames import Notice, Reply, Request
from twitterlab.world.ground import Ground
from twitterlab.world.wire import pack, unpack
from twitterlab.world.work import WORK, Work

Handler = Callable[[Any], Any]
"""Takes the body, gives the answer; may be `async def`. Refused and Uncertain travel to the caller."""
NOBODYS = Work(0, 0)
"""Stands in where no trace is written."""
Asked = tuple[str, Request | Notice, int]
"""Who asks, what, and since when."""


class Service:
    """The handlers of one process on node `name`. `context` is what their code runs in."""

    def __init__(
        self, ground: Ground, name: str, calls: Calls, context: Context, concurrency: int, backlog: int
    ) -> None:
        self._ground, self._name, self._calls, self._context = ground, name, calls, context
        self._concurrency, self._backlog = concurrency, backlog
        self.handlers: dict[str, Handler] = {}
        self.refused_overloaded = 0
        self._running: dict[int, Asked] = {}
        self._waiting: deque[Asked] = deque()
        self._started = 0

    @property
    def running(self) -> int:
        """Requests being handled."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """Requests that came in and are not yet handled."""
        return len(self._waiting)

    def receive(self, source: str, frame: Request | Notice) -> None:
        """A request came in: handle it, let it wait, or refuse it."""
        asked = (source, frame, self._ground.kernel.now_ns)
        if frame.method not in self.handlers:
            self._refuse(asked, f"{self._name} does not know {frame.method}", "not_found")
        elif len(self._running) < self._concurrency:
            self._begin(asked)
        elif len(self._waiting) < self._backlog:
            self._waiting.append(asked)
        else:
            self.refused_overloaded += 1
            self._refuse(asked, f"{self._name} is overloaded", "overloaded")

    def reset(self) -> None:
        """The process died: its machine tells those who wait that nobody will answer."""
        for source, frame, _ in (*self._running.values(), *self._waiting):
            if isinstance(frame, Request):
                reply = Reply(frame.number, "uncertain", reason=f"{self._name} crashed before it answered")
                self._calls.carry(source, reply, frame.method, frame.span.request)

    def _begin(self, asked: Asked) -> None:
        """Call the handler: a plain function is done at once, a coroutine becomes a task."""
        source, frame, since_ns = asked
        number = self._started = self._started + 1
        self._running[number] = asked
        context = self._context.copy()
        work = NOBODYS
        if self._ground.trace is not None:
            work = Work(frame.span.request, next(self._ground.numbers))
            work.queued_ns = self._ground.kernel.now_ns - since_ns
            context.run(WORK.set, work)
        try:
            result = context.run(self.handlers[frame.method], unpack(frame.body))
        except Exception as error:
            self._end(number, work, error=error)
            return
        if iscoroutine(result):
            name = f"{self._name}.{frame.method} for {source}"
            self._ground.loop.create_task(self._finish(number, work, result), name=name, context=context)
        else:
            self._end(number, work, result)

    async def _finish(self, number: int, work: Work, handling: Any) -> None:
        try:
            result = await handling
        except asyncio.CancelledError:
            self._end(number, work, error=Uncertain(f"{self._name} gave up"))
            raise
        except Exception as error:
            self._end(number, work, error=error)
        else:
            self._end(number, work, result)

    def _end(self, number: int, work: Work, result: Any = None, error: Exception | None = None) -> None:
        """Answer, note where the time went, and take the next one in."""
        asked = self._running.pop(number)
        _, frame, since_ns = asked
        if error is None:
            try:
                self._reply(asked, Reply(self._number(frame), "ok", pack(result)))
            except BadInput as unsendable:
                error = unsendable
        if isinstance(error, Refused):
            self._refuse(asked, error.reason, error.kind)
        elif isinstance(error, Uncertain):
            self._reply(asked, Reply(self._number(frame), "uncertain", reason=error.reason))
        elif error is not None:
            self._ground.fail(error, f"{self._name} handling {frame.method}")
        self._note(frame, work, since_ns, "ok" if error is None else type(error).__name__.lower())
        if self._waiting:
            self._ground.loop.call_soon(self._take_in, context=self._context)

    def _take_in(self) -> None:
        if self._waiting and len(self._running) < self._concurrency:
            self._begin(self._waiting.popleft())

    def _refuse(self, asked: Asked, reason: str, kind: str) -> None:
        self._reply(asked, Reply(self._number(asked[1]), "refused", reason=reason, kind=kind))

    def _reply(self, asked: Asked, reply: Reply) -> None:
        source, frame, _ = asked
        if isinstance(frame, Request):
            self._calls.carry(source, reply, frame.method, frame.span.request)

    @staticmethod
    def _number(frame: Request | Notice) -> int:
        return frame.number if isinstance(frame, Request) else 0

    def _note(self, frame: Request | Notice, work: Work, since_ns: int, outcome: str) -> None:
        if self._ground.trace is not None and self._ground.trace.follows(work.request):
            self._ground.note(
                "span", request=work.request, span=work.span, parent=frame.span.span, node=self._name,
                what=frame.method, start_ns=since_ns, queued_ns=work.queued_ns, cpu_ns=work.cpu_ns, outcome=outcome,
            )  # fmt: skip
