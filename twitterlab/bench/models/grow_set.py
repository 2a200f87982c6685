"""A set that only grows: `add` of an element and `read` of all of them, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twitterlab.bench.history import Operation
from twitterlab.bench.models.model import IMPOSSIBLE, missing_value


class GrowSet:
    """Elements are added and never leave. A read answers a list; its order and repeats say nothing."""

    name = "set"
    functions = frozenset({"add", "read"})
    reads = frozenset({"read"})
    initial: frozenset[Any] = frozenset()

    def objection(self, event: dict[str, Any]) -> str:
        if event["f"] == "add":
            return missing_value(event, "invoke") if event["type"] == "invoke" else ""
        if event["type"] == "ok" and not isinstance(event.get("value"), list | None):
            return "`read` of a set answers a list"
        return missing_value(event, "ok") if event["type"] == "ok" else ""

    def kept(self, operations: Sequence[Operation]) -> list[Operation]:
        seen = {element for o in operations if o.f == "read" and o.outcome == "ok" for element in o.result or ()}
        return [o for o in operations if o.outcome == "ok" or (o.f == "add" and o.argument in seen)]

    def step(self, state: Any, operation: Operation) -> Any:
        if operation.f == "add":
            return state | {operation.argument}
        if operation.outcome == "info":
            return state
        return state if frozenset(operation.result or ()) == state else IMPOSSIBLE
