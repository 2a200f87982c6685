"""Contradictions: the few operations of an invalid key that no order explains.

First the history is cut after the first answer that cannot be right (linearizability is closed under
prefixes, so that is a binary search), then before the last moment from which a register or key goes
wrong whatever it held. Then operations are left out while what remains is still invalid: delta
debugging (Zeller and Hildebrandt, 2002) with reductions that keep a valid history valid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from twitterlab.bench.deciders import attempt
from twitterlab.bench.deciders.attempt import Allowance
from twitterlab.bench.history import OPEN, Operation
from twitterlab.bench.models import Model
from twitterlab.bench.reductions import REDUCERS, Reducer, since, starts, up_to
from twitterlab.world.live import stopwatch_ns

STEPS = 20_000
"""What one smaller history may cost to decide; if that is not enough, the larger one stays."""
MEMORY_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`core` cannot be ordered; without any one of it, it could (unless time ran out while shrinking).

    `breaking` is the operation with which the history went wrong: up to the line before its answer,
    an order exists. In the core, an operation that ended only later is still open, and the reads of a
    set show only the elements in question. `is_from_anywhere` says that no earlier value would help.
    """

    key: Any
    core: tuple[Operation, ...]
    breaking: Operation
    is_from_anywhere: bool

    @property
    def window(self) -> tuple[int, int]:
        """The places in the history from the first call of the core to the breaking answer."""
        return min(operation.invoked for operation in self.core), self.breaking.returned


def contradiction(
    operations: Sequence[Operation], model: Model, limit_s: float = 10.0, now_ns: Callable[[], int] = stopwatch_ns
) -> Contradiction:
    """The contradiction in the operations of one key, which must be invalid."""
    deadline = now_ns() + int(limit_s * 1e9)

    def is_invalid(candidate: Sequence[Operation]) -> bool:
        return now_ns() < deadline and _is_invalid(candidate, model)

    def is_hopeless(candidate: Sequence[Operation]) -> bool:
        return all(is_invalid([start, *candidate]) for start in starts(candidate, _START[model.name]))

    breaking, prefix = _shortest_prefix(operations, is_invalid)
    suffix = _shortest_suffix(prefix, is_hopeless) if _START[model.name] and not _grows(prefix) else None
    core = shrunk(suffix or prefix, REDUCERS[model.name], is_hopeless if suffix else is_invalid)
    return Contradiction(breaking.key, tuple(model.kept(core)), breaking, suffix is not None)


_START = {"register": "write", "cas-register": "write", "kv": "put", "queue": "", "set": ""}
"""How a model is given a value to start with, where one value is all its state."""


def _grows(operations: Sequence[Operation]) -> bool:
    return any(operation.f == "append" for operation in operations)


def _is_invalid(operations: Sequence[Operation], model: Model) -> bool:
    trial = attempt(operations, model, Allowance(MEMORY_BYTES))
    trial.advance(STEPS)
    return trial.verdict == "invalid"


def _shortest_prefix(
    operations: Sequence[Operation], is_invalid: Callable[[Sequence[Operation]], bool]
) -> tuple[Operation, list[Operation]]:
    """The operation whose answer is the first that cannot be right, and the history up to it."""
    ended = sorted((o for o in operations if o.returned != OPEN), key=lambda o: o.returned)
    low, high = 0, len(ended) - 1
    while low < high:
        middle = (low + high) // 2
        if is_invalid(up_to(operations, ended[middle].returned)):
            high = middle
        else:
            low = middle + 1
    return ended[low], up_to(operations, ended[low].returned)


def _shortest_suffix(
    operations: list[Operation], is_hopeless: Callable[[Sequence[Operation]], bool]
) -> list[Operation] | None:
    """What happened since the last moment from which no value would do; None when there is no such moment."""
    ended = sorted(o.returned for o in operations if o.returned != OPEN)
    low, high = -1, len(ended) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if is_hopeless(since(operations, ended[middle])):
            low = middle
        else:
            high = middle - 1
    return since(operations, ended[low]) if low >= 0 else None


def shrunk(
    operations: list[Operation], reducer: Reducer, is_invalid: Callable[[Sequence[Operation]], bool]
) -> list[Operation]:
    """Leave out chunks, then smaller ones, down to single operations."""
    size = max(1, len(operations) // 2)
    while True:
        before, start = operations, 0
        while start < len(operations):
            dropped = frozenset(o.invoked for o in operations[start : start + size])
            smaller = reducer(operations, dropped)
            if smaller != operations and is_invalid(smaller):
                operations = smaller
            else:
                start += size
        if size == 1 and operations == before:
            return operations
        size = max(1, size // 2)
