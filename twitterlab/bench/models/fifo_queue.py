"""A queue: `enqueue` and `dequeue`, first in first out. A dequeue that answers null saw it empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twitterlab.bench.history import Operation
from twitterlab.bench.models import fifo_order
from twitterlab.bench.models.model import IMPOSSIBLE, Decision, masks, missing_value


class FifoQueue:
    """First in, first out. An indefinite dequeue may have taken the head, whatever it was."""

    name = "queue"
    functions = frozenset({"enqueue", "dequeue"})
    reads = frozenset({"dequeue"})
    initial = ()

    def objection(self, event: dict[str, Any]) -> str:
        if event["f"] == "dequeue":
            return missing_value(event, "ok") if event["type"] == "ok" else ""
        if event["type"] == "invoke" and event.get("value") is None:
            return "`enqueue` needs a `value` other than null, which stands for an empty queue"
        return ""

    def kept(self, operations: Sequence[Operation]) -> list[Operation]:
        taken = {o.result for o in operations if o.f == "dequeue" and o.outcome == "ok"}
        return [o for o in operations if o.outcome == "ok" or o.f == "dequeue" or o.argument in taken]

    def step(self, state: Any, operation: Operation) -> Any:
        if operation.f == "enqueue":
            return (*state, operation.argument)
        if operation.outcome == "info":
            return state[1:] if state else IMPOSSIBLE
        if operation.result is None:
            return IMPOSSIBLE if state else state
        return state[1:] if state and state[0] == operation.result else IMPOSSIBLE

    def decide(self, operations: Sequence[Operation]) -> Decision | None:
        return fifo_order.decide(operations)

    def outlook(self, definite: Sequence[Operation], indefinite: Sequence[Operation]) -> Blocked:
        return Blocked(definite, indefinite)


def _put(operation: Operation) -> tuple[Any, ...]:
    return (operation.argument,) if operation.f == "enqueue" else ()


def _taken(operation: Operation) -> tuple[Any, ...]:
    return (operation.result,) if operation.f == "dequeue" and operation.outcome == "ok" else ()


class Blocked:
    """Hopeless: a value was lost that is yet to be dequeued, or the head is one that nobody takes away."""

    def __init__(self, definite: Sequence[Operation], indefinite: Sequence[Operation]) -> None:
        self._takers = masks(definite, _taken)
        self._all_takers = sum(1 << i for i, o in enumerate(definite) if o.f == "dequeue")
        self._putters, self._open_putters = masks(definite, _put), masks(indefinite, _put)
        self._open_takers = sum(1 << i for i, o in enumerate(indefinite) if o.f == "dequeue")

    def is_hopeless(self, before: Any, operation: Operation, after: Any, done: int, used: int) -> bool:
        if operation.outcome == "info" and operation.f == "dequeue" and self._is_missed(before[0], after, done, used):
            return True
        if not after or self._open_takers & ~used or not self._all_takers & ~done:
            return False
        return self._takers.get(after[0], 0) & ~done == 0

    def _is_missed(self, value: Any, state: Any, done: int, used: int) -> bool:
        wanted = (self._takers.get(value, 0) & ~done).bit_count()
        if not wanted:
            return False
        coming = (self._putters.get(value, 0) & ~done).bit_count() + (
            self._open_putters.get(value, 0) & ~used
        ).bit_count()
        return bool(wanted > coming + state.count(value))
