"""Sequential models: what one copy, used by one client at a time, would answer.

A model says whether an operation may happen in a state, and the state after. Its operations concern
one key; a history is checked key by key (linearizability is local: Herlihy and Wing, 1990).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, Protocol

from twitterlab.bench.history import Operation
from twitterlab.errors import BadInput

IMPOSSIBLE = object()
"""What `step` answers when the operation cannot happen here."""


class Model(Protocol):
    """A sequential specification."""

    name: str
    functions: frozenset[str]

    @property
    def initial(self) -> Hashable:
        """The state before the first operation."""
        ...

    def step(self, state: Any, operation: Operation) -> Any:
        """The state after `operation`, or IMPOSSIBLE. An indefinite operation has no result to match."""
        ...

    def is_observed(self, operation: Operation, others: Iterable[Operation]) -> bool:
        """False when no answer could depend on this indefinite operation: then it is left out."""
        ...

    def validate(self, operation: Operation) -> str:
        """What is wrong with the operation's values; empty when nothing."""
        ...


class Register:
    """`read` and `write`; `cas` with [old, new] when `has_cas`. Starts as null."""

    initial = None

    def __init__(self, has_cas: bool) -> None:
        self.name = "cas-register" if has_cas else "register"
        self.functions = frozenset({"read", "write", "cas"} if has_cas else {"read", "write"})

    def step(self, state: Any, operation: Operation) -> Any:
        if operation.f == "write":
            return operation.argument
        if operation.f == "read":
            return state if operation.outcome == "info" or operation.result == state else IMPOSSIBLE
        old, new = operation.argument
        return new if state == old else IMPOSSIBLE

    def is_observed(self, operation: Operation, others: Iterable[Operation]) -> bool:
        if operation.f == "read":
            return False
        value = operation.argument if operation.f == "write" else operation.argument[1]
        return any(
            (other.f == "read" and other.outcome == "ok" and other.result == value)
            or (other.f == "cas" and other.argument[0] == value)
            for other in others
        )

    def validate(self, operation: Operation) -> str:
        if operation.f == "cas" and not (isinstance(operation.argument, tuple) and len(operation.argument) == 2):
            return "`cas` needs the value [old, new]"
        return ""


class KeyValue:
    """`get`, `put` and `append` of text. An absent key reads as null or "", the same state."""

    name = "kv"
    functions = frozenset({"get", "put", "append"})
    initial = ""

    def step(self, state: Any, operation: Operation) -> Any:
        if operation.f == "put":
            return _blank(operation.argument)
        if operation.f == "append":
            return state + operation.argument if isinstance(state, str) else IMPOSSIBLE
        return state if operation.outcome == "info" or _blank(operation.result) == state else IMPOSSIBLE

    def is_observed(self, operation: Operation, others: Iterable[Operation]) -> bool:
        if operation.f == "get":
            return False
        written = _blank(operation.argument)
        for other in others:
            if other.f == "get" and other.outcome == "ok":
                read = _blank(other.result)
                if read == written or (isinstance(read, str) and isinstance(written, str) and written in read):
                    return True
        return False

    def validate(self, operation: Operation) -> str:
        if operation.f == "append" and not isinstance(operation.argument, str):
            return "`append` needs text"
        return ""


class Queue:
    """`enqueue` and `dequeue`, first in first out. A dequeue that answers null saw it empty."""

    name = "queue"
    functions = frozenset({"enqueue", "dequeue"})
    initial = ()

    def step(self, state: Any, operation: Operation) -> Any:
        if operation.f == "enqueue":
            return (*state, operation.argument)
        if operation.outcome == "info":
            return state[1:] if state else IMPOSSIBLE
        if operation.result is None:
            return IMPOSSIBLE if state else state
        return state[1:] if state and state[0] == operation.result else IMPOSSIBLE

    def is_observed(self, operation: Operation, others: Iterable[Operation]) -> bool:
        if operation.f == "dequeue":
            return True
        return any(other.f == "dequeue" and other.result == operation.argument for other in others)

    def validate(self, operation: Operation) -> str:
        return (
            "`enqueue` needs a value other than null" if operation.f == "enqueue" and operation.argument is None else ""
        )


class Set:
    """`add` of an element and `read` of all of them."""

    name = "set"
    functions = frozenset({"add", "read"})
    initial: frozenset[Any] = frozenset()

    def step(self, state: Any, operation: Operation) -> Any:
        if operation.f == "add":
            return state | {operation.argument}
        if operation.outcome == "info":
            return state
        return state if frozenset(operation.result or ()) == state else IMPOSSIBLE

    def is_observed(self, operation: Operation, others: Iterable[Operation]) -> bool:
        if operation.f == "read":
            return False
        return any(
            other.f == "read" and other.outcome == "ok" and operation.argument in (other.result or ())
            for other in others
        )

    def validate(self, operation: Operation) -> str:
        if operation.f == "read" and operation.outcome == "ok" and not isinstance(operation.result, tuple | None):
            return "`read` of a set answers a list"
        return ""


def _blank(value: Any) -> Any:
    return "" if value is None else value


_ALL: tuple[Model, ...] = (Register(has_cas=False), Register(has_cas=True), KeyValue(), Queue(), Set())
MODELS: dict[str, Model] = {model.name: model for model in _ALL}


def model_named(name: str) -> Model:
    """The model. BadInput for an unknown one."""
    if name not in MODELS:
        raise BadInput(f"no model {name!r}", f"choose one of {', '.join(MODELS)}")
    return MODELS[name]
