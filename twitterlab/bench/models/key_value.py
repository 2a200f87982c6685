"""A key of a key-value store: `get`, `put`, and `append` of text. Absent, null and "" are one state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twitterlab.bench.history import Operation
from twitterlab.bench.models import zones
from twitterlab.bench.models.model import IMPOSSIBLE, Decision, missing_value

GARBLED = object()
"""The state after text was appended to what is no text: no get can have answered it."""
NEAR = 64
"""How many of the next operations the outlook looks at."""


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

    def decide(self, operations: Sequence[Operation]) -> Decision | None:
        if any(operation.f == "append" for operation in operations):
            return None
        return zones.decide(operations, self.initial, _replaced)

    def outlook(self, definite: Sequence[Operation], indefinite: Sequence[Operation]) -> OutOfReach:
        return OutOfReach(definite, indefinite)


def blank(value: Any) -> Any:
    """The state that a value stands for: null and "" are the absent one."""
    return "" if value is None else value


def _replaced(operation: Operation) -> tuple[Any, ...]:
    return (blank(operation.argument),) if operation.f == "put" else ()


def extends(value: Any, start: Any) -> bool:
    """Whether appending could lead from `start` to `value`."""
    return bool(value == start or (isinstance(value, str) and isinstance(start, str) and value.startswith(start)))


class OutOfReach:
    """Hopeless: a get that comes soon answers what neither appending nor a put that is left can lead to."""

    def __init__(self, definite: Sequence[Operation], indefinite: Sequence[Operation]) -> None:
        self._gets = [(o.f == "get" and o.outcome == "ok", blank(o.result)) for o in definite]
        self._puts = [(1 << i, blank(o.argument)) for i, o in enumerate(definite) if o.f == "put"]
        self._open_puts = [(1 << i, blank(o.argument)) for i, o in enumerate(indefinite) if o.f == "put"]
        self._sources: dict[Any, tuple[int, int]] = {}

    def is_hopeless(self, before: Any, operation: Operation, after: Any, done: int, used: int) -> bool:
        if before == after:
            return False
        first = (~done & (done + 1)).bit_length() - 1
        soon = done >> first
        for place, (is_get, answer) in enumerate(self._gets[first : first + NEAR]):
            if is_get and not soon >> place & 1 and not extends(answer, after):
                puts, open_puts = self._leading_to(answer)
                if puts & ~done == 0 and open_puts & ~used == 0:
                    return True
        return False

    def _leading_to(self, answer: Any) -> tuple[int, int]:
        """The puts after which this answer could be reached."""
        if answer not in self._sources:
            self._sources[answer] = (
                sum(bit for bit, value in self._puts if extends(answer, value)),
                sum(bit for bit, value in self._open_puts if extends(answer, value)),
            )
        return self._sources[answer]
