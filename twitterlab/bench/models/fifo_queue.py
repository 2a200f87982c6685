"""A queue: `enqueue` and `dequeue`, first in first out. A dequeue that answers null saw it empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twitterlab.bench.history import Operation
from twitterlab.bench.models.model import IMPOSSIBLE, missing_value


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
        """Of the lost dequeues, the earliest, and no more than there are values that nobody else took."""
        takes = [o for o in operations if o.f == "dequeue" and o.outcome == "ok" and o.result is not None]
        taken = {o.result for o in takes}
        puts = [o for o in operations if o.f == "enqueue" and (o.outcome == "ok" or o.argument in taken)]
        lost = sorted((o for o in operations if o.f == "dequeue" and o.outcome == "info"), key=lambda o: o.invoked)
        useful = {o.invoked for o in [*puts, *lost[: max(0, len(puts) - len(takes))]]}
        return [o for o in operations if o.invoked in useful or (o.f == "dequeue" and o.outcome == "ok")]

    def step(self, state: Any, operation: Operation) -> Any:
        if operation.f == "enqueue":
            return (*state, operation.argument)
        if operation.outcome == "info":
            return state[1:] if state else IMPOSSIBLE
        if operation.result is None:
            return IMPOSSIBLE if state else state
        return state[1:] if state and state[0] == operation.result else IMPOSSIBLE
