"""What one process asks of others: calls that wait for an answer, each with its time limit."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

from twitterlab.errors import Refused, Uncertain
from twitterlab.world.frames import Frame, Notice, Reply, Request, Span, weight
from twitterlab.world.ground import Ground
from twitterlab.world.samplers import NS_PER_MS
from twitterlab.world.wire import pack, unpack
from twitterlab.world.work import WORK


class Calls:
    """The open calls of one process on node `name`."""

    def __init__(self, ground: Ground, name: str, numbers: count[int]) -> None:
        self._ground, self._name, self._numbers = ground, name, numbers
        self._open: dict[int, asyncio.Future[Any]] = {}

    async def call(self, target: str, method: str, body: Any, timeout_ms: float) -> Any:
        """The answer of `target`. Refused: it did not happen. Uncertain: nobody knows, after `timeout_ms`."""
        number, span, started_ns = next(self._numbers), self._span(), self._ground.kernel.now_ns
        answer: asyncio.Future[Any] = self._ground.loop.create_future()
        self._open[number] = answer
        timer = self._ground.kernel.timer(
            round(timeout_ms * NS_PER_MS), self._expire, number, target, method, timeout_ms
        )
        outcome = "cancelled"
        try:
            self.carry(target, Request(number, method, pack(body), span), method)
            result = await answer
            outcome = "ok"
            return result
        except (Refused, Uncertain) as failure:
            outcome = type(failure).__name__.lower()
            raise
        finally:
            timer.cancel()
            self._open.pop(number, None)
            self._note(span, target, method, started_ns, outcome)

    def send(self, target: str, method: str, body: Any) -> None:
        """Say it and do not wait. Whether it arrives, nobody tells."""
        self.carry(target, Notice(method, pack(body), self._span()), method)

    def carry(self, target: str, frame: Frame, what: str, request: int = 0) -> None:
        """Put one frame on the network."""
        request = request or (0 if isinstance(frame, Reply) else frame.span.request)
        self._ground.network.carry(self._name, target, frame, weight(frame), what, request)

    def answered(self, reply: Reply) -> None:
        """An answer came in. One that comes late, or twice, is ignored."""
        answer = self._open.get(reply.number)
        if answer is None or answer.done():
            return
        if reply.outcome == "ok":
            answer.set_result(unpack(reply.body) if reply.body is not None else None)
        elif reply.outcome == "refused":
            _fail(answer, Refused(reply.reason, reply.kind))
        else:
            _fail(answer, Uncertain(reply.reason))

    def abandon(self) -> None:
        """The process is gone: whoever waits from outside of it learns that much."""
        for answer in self._open.values():
            if not answer.done():
                _fail(answer, Uncertain(f"{self._name} crashed while it waited for an answer"))

    def _expire(self, number: int, target: str, method: str, timeout_ms: float) -> None:
        answer = self._open.get(number)
        if answer is not None and not answer.done():
            _fail(answer, Uncertain(f"{target} did not answer {method} in {timeout_ms:g} ms"))

    def _span(self) -> Span:
        if self._ground.trace is None:
            return Span()
        work = WORK.get()
        number = next(self._ground.numbers)
        return Span(work.request if work is not None else number, number)

    def _note(self, span: Span, target: str, method: str, started_ns: int, outcome: str) -> None:
        if self._ground.trace is not None and self._ground.trace.follows(span.request):
            work = WORK.get()
            self._ground.note(
                "call", request=span.request, span=span.span, parent=work.span if work is not None else 0,
                node=self._name, target=target, what=method, start_ns=started_ns, outcome=outcome,
            )  # fmt: skip


def _fail(answer: asyncio.Future[Any], error: Exception) -> None:
    answer.set_exception(error)
    answer.exception()  # seen: asyncio need not report it where nobody waits any more
