"""A key of a key-value store: `get`, `put`, and `append` of text. Absent, null and "" are one state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twitterlab.bench.history import Operation
from twitterlab.bench.models.model import IMPOSSIBLE, missing_value

GARBLED = object()
"""The state after text was appended to what is no text: no get can have answered it."""


class KeyValue:
    """A value that may be replaced or, while it is text, grow."""

    name = "kv"
    functions = frozenset({"get", "put", "append"})
    reads = frozenset({"get"})
    initial = ""

    def objection(self, event: dict[str, Any]) -> str:
        f, kind = event["f"], event["type"]
        if kind == "invoke" and "key" not in event:
            return f"`{f}` needs a `key`"
        if f == "get":
            return missing_value(event, "ok") if kind == "ok" else ""
        if kind == "ok":
            return ""
        if f == "append" and not isinstance(event.get("value"), str):
            return "`append` needs text as its `value`"
        return missing_value(event, "invoke")

    def kept(self, operations: Sequence[Operation]) -> list[Operation]:
        answers = {blank(o.result) for o in operations if o.f == "get" and o.outcome == "ok"}
        texts = [answer for answer in answers if isinstance(answer, str)]
        together = "\0".join(texts)  # one search in all of them; a hit across a seam only keeps too much

        def may_show(operation: Operation) -> bool:
            value = blank(operation.argument)
            return value in answers or (isinstance(value, str) and value in together)

        return [o for o in operations if o.outcome == "ok" or (o.f != "get" and may_show(o))]

    def step(self, state: Any, operation: Operation) -> Any:
        if operation.f == "put":
            return blank(operation.argument)
        if operation.f == "append":
            return state + operation.argument if isinstance(state, str) else GARBLED
        return state if operation.outcome == "info" or blank(operation.result) == state else IMPOSSIBLE


def blank(value: Any) -> Any:
    """The state that a value stands for: null and "" are the absent one."""
    return "" if value is None else value


def replaced(operation: Operation) -> tuple[Any, ...]:
    """The state that a put leaves; nothing for other operations."""
    return (blank(operation.argument),) if operation.f == "put" else ()
