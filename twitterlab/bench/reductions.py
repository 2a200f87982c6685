"""Reductions: what may be left out of a history so that a valid one stays valid.

If less of a history is invalid, then so is all of it: that is what makes a small contradiction one of
the whole history. With a write go all reads that saw it, with a value of a queue all that happened to
it, with an element of a set its part of every read. What a register went through before some moment
can go too, if it may then start with any value at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from twitterlab.bench.history import OPEN, Operation
from twitterlab.bench.models.key_value import blank
from twitterlab.bench.models.register import observed, written

Reducer = Callable[[Sequence[Operation], frozenset[int]], list[Operation]]
"""The history without the operations called at some places and what must go with them."""
Shows = Callable[[Operation, Operation], bool]
"""Whether the answer of the first operation may show the effect of the second."""


def up_to(operations: Sequence[Operation], place: int) -> list[Operation]:
    """What had happened by then: an operation without an answer yet may or may not have taken effect."""
    return [o if not place < o.returned < OPEN else _unended(o) for o in operations if o.invoked <= place]


def since(operations: Sequence[Operation], place: int) -> list[Operation]:
    """What began by then or later: an operation under way may have taken effect before, or after."""
    under_way = [_unended(o) for o in operations if o.invoked <= place < o.returned]
    return under_way + [o for o in operations if o.invoked > place]


def _unended(operation: Operation) -> Operation:
    return replace(operation, outcome="info", result=None, returned=OPEN)


def starts(operations: Sequence[Operation], f: str) -> list[Operation]:
    """Writes, by `f`, of each value that a register may have had before these operations and that matters to them."""
    values = {value for operation in operations for value in _seen(operation)}
    return [Operation("before", f, None, value, value, "ok", -2, -1) for value in (*values, object())]


def _seen(operation: Operation) -> tuple[Any, ...]:
    if operation.f == "get" and operation.outcome == "ok":
        return (blank(operation.result),)
    return observed(operation)


def _with_observers(shows: Shows) -> Reducer:
    """Leave out operations, and with them those that show their effect, and so on."""

    def reducer(operations: Sequence[Operation], dropped: frozenset[int]) -> list[Operation]:
        gone = [o for o in operations if o.invoked in dropped]
        left = [o for o in operations if o.invoked not in dropped]
        while gone:
            following = [o for o in left if any(shows(o, writer) for writer in gone)]
            left = [o for o in left if o not in following]
            gone = following
        return left

    return reducer


def _shows_register(observer: Operation, writer: Operation) -> bool:
    return any(value in observed(observer) for value in written(writer))


def _shows_key_value(observer: Operation, writer: Operation) -> bool:
    if observer.f != "get" or observer.outcome != "ok" or writer.f == "get":
        return False
    answer, value = blank(observer.result), blank(writer.argument)
    return bool(answer == value or (isinstance(answer, str) and isinstance(value, str) and value in answer))


def _without_values(operations: Sequence[Operation], dropped: frozenset[int]) -> list[Operation]:
    """Leave values of a queue out, altogether if they were taken. A lost dequeue stays: who knows what it took."""
    taken = {o.result for o in operations if o.f == "dequeue" and o.outcome == "ok" and o.result is not None}
    values = {o.argument if o.f == "enqueue" else o.result for o in operations if o.invoked in dropped} & taken

    def stays(operation: Operation) -> bool:
        if operation.f == "dequeue" and operation.outcome == "info":
            return True
        value = operation.argument if operation.f == "enqueue" else operation.result
        return value not in values and operation.invoked not in dropped

    return [o for o in operations if stays(o)]


def _without_elements(operations: Sequence[Operation], dropped: frozenset[int]) -> list[Operation]:
    """Leave elements of a set out: those that were read, of all adds and of what was read."""
    read = {element for o in operations if o.f == "read" for element in o.result or ()}
    elements = {o.argument for o in operations if o.invoked in dropped and o.f == "add"} & read
    left = [o for o in operations if o.invoked not in dropped and (o.f == "read" or o.argument not in elements)]
    if not elements:
        return left
    return [
        replace(o, result=tuple(e for e in o.result or () if e not in elements)) if o.f == "read" else o for o in left
    ]


REDUCERS: dict[str, Reducer] = {
    "register": _with_observers(_shows_register),
    "cas-register": _with_observers(_shows_register),
    "kv": _with_observers(_shows_key_value),
    "queue": _without_values,
    "set": _without_elements,
}
