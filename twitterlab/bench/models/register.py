"""A register: `read`, `write` and, where it has it, `cas` with [old, new]. It starts as null."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twitterlab.bench.history import Operation
from twitterlab.bench.models.model import IMPOSSIBLE, missing_value


class Register:
    """One value at a time. An `ok` cas found its old value; a `fail` one took no effect."""

    initial = None
    reads = frozenset({"read"})

    def __init__(self, has_cas: bool) -> None:
        self.name = "cas-register" if has_cas else "register"
        self.functions = frozenset({"read", "write", "cas"} if has_cas else {"read", "write"})

    def objection(self, event: dict[str, Any]) -> str:
        f, kind = event["f"], event["type"]
        if f == "read":
            return missing_value(event, "ok") if kind == "ok" else ""
        if kind == "ok":
            return ""
        value = event.get("value")
        if f == "cas" and not (isinstance(value, list) and len(value) == 2):
            return "`cas` needs the value [old, new]"
        return missing_value(event, "invoke")

    def kept(self, operations: Sequence[Operation]) -> list[Operation]:
        seen = {value for operation in operations for value in observed(operation)}
        return [o for o in operations if o.outcome == "ok" or (o.f != "read" and not seen.isdisjoint(written(o)))]

    def step(self, state: Any, operation: Operation) -> Any:
        if operation.f == "write":
            return operation.argument
        if operation.f == "read":
            return state if operation.outcome == "info" or operation.result == state else IMPOSSIBLE
        old, new = operation.argument
        return new if state == old else IMPOSSIBLE


def observed(operation: Operation) -> tuple[Any, ...]:
    """The value that a register must have held for this operation to succeed."""
    if operation.f == "cas":
        return (operation.argument[0],)
    return (operation.result,) if operation.f == "read" and operation.outcome == "ok" else ()


def written(operation: Operation) -> tuple[Any, ...]:
    """The value that a register holds after this operation, where it sets one."""
    if operation.f == "cas":
        return (operation.argument[1],)
    return (operation.argument,) if operation.f == "write" else ()
