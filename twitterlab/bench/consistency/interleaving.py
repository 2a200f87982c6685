"""The search for one order of all operations that keeps the order of each process, and explains every answer.

To decide that is NP-complete even for registers (Gibbons and Korach, 1997). Depth first, with a memo of (how far each
process is, states of the keys). An operation that is possible and changes nothing comes at once: it can only be in
the way later. Where every value of a register is written once, a value stays until its last reader has come, and then
how far each process is tells the states. An operation without an answer comes after what its process did before it,
or never.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from twitterlab.bench.consistency.accesses import READS
from twitterlab.bench.consistency.telling import WRITES
from twitterlab.bench.deciders.attempt import Allowance, Purse, Verdict
from twitterlab.bench.history import OPEN, Operation
from twitterlab.bench.models import IMPOSSIBLE, Model

ENTRY_BYTES = 150
"""What a remembered position costs beside 8 bytes for each process."""


class _Move(NamedTuple):
    """The next operation of a process, or one without an answer, and the state of its key before it."""

    lane: int
    operation: Operation
    state: Any


class Interleaving:
    """One search. `verdict` is `unknown` until it is decided; `is_full` says that memory ran out."""

    def __init__(self, operations: Sequence[Operation], model: Model, allowance: Allowance) -> None:
        self.verdict: Verdict = "unknown"
        self.is_full = False
        self._model, self._purse = model, Purse(allowance)
        self._lanes, self._after = _lanes(operations)
        self._certain = sum(start is None for start in self._after)
        self._place = [0] * len(self._lanes)
        self._left = sum(len(lane) for lane in self._lanes[: self._certain])
        self._states: dict[Any, Any] = {operation.key: model.initial for operation in operations}
        self._readers = _readers(operations, model)
        self._memo: set[Any] = set()
        self._trail: list[_Move] = []
        self._choices: list[tuple[int, list[int]]] = []
        self._is_entered = False

    @property
    def order(self) -> tuple[Operation, ...]:
        """The order that explains everything, when valid."""
        return tuple(move.operation for move in self._trail)

    def advance(self, steps: int) -> None:
        """Search on for at most `steps` positions; sets `verdict` when decided."""
        for _ in range(steps):
            if not self._is_entered:
                self._take_all_that_changes_nothing()
                if not self._left:
                    self.verdict = "valid"
                    return
                self._choices.append((len(self._trail), self._candidates() if self._is_new() else []))
                self._is_entered = True
            elif not self._descend():
                self.verdict = "invalid"
                return
            if self._purse.is_empty:
                self.is_full = True
                self._memo.clear()
                self._purse.give_back()
                return

    def _descend(self) -> bool:
        """Make the next move that has not been tried, here or further back; False when there is none."""
        while self._choices:
            length, lanes = self._choices[-1]
            while len(self._trail) > length:
                self._take_back()
            if lanes:
                self._take(lanes.pop())
                self._is_entered = False
                return True
            self._choices.pop()
            if self._choices:
                continue
        return False

    def _next(self, lane: int) -> Operation | None:
        place = self._place[lane]
        if place == len(self._lanes[lane]):
            return None
        start = self._after[lane]
        return self._lanes[lane][place] if start is None or self._place[start[0]] >= start[1] else None

    def _take_all_that_changes_nothing(self) -> None:
        """Reads of what is there, above all: each process as far as it can go without a change."""
        for lane in range(self._certain):
            while (operation := self._next(lane)) is not None:
                state = self._states[operation.key]
                if operation.f in WRITES or self._model.step(state, operation) != state:
                    break
                self._take(lane)

    def _candidates(self) -> list[int]:
        """Lanes whose next operation is possible, the one whose answer came first as the last."""
        found = []
        for lane in range(len(self._lanes)):
            operation = self._next(lane)
            if operation is not None and self._may_come(operation):
                found.append((operation.returned == OPEN, operation.returned, operation.invoked, lane))
        return [lane for *_, lane in sorted(found, reverse=True)]

    def _may_come(self, operation: Operation) -> bool:
        state = self._states[operation.key]
        if self._readers is not None and operation.f in WRITES and self._readers[operation.key, state] > 0:
            return False
        after = self._model.step(state, operation)
        return after is not IMPOSSIBLE and (operation.returned != OPEN or after != state)

    def _is_new(self) -> bool:
        here: Any = tuple(self._place)
        size = ENTRY_BYTES + 8 * len(here)
        if self._readers is None:
            here = (here, tuple(self._states.values()))
            size += sum(8 * len(state) for state in here[1] if isinstance(state, tuple | str | frozenset))
        if here in self._memo:
            return False
        self._memo.add(here)
        self._purse.spend(size)
        return True

    def _take(self, lane: int) -> None:
        operation = self._lanes[lane][self._place[lane]]
        state = self._states[operation.key]
        self._trail.append(_Move(lane, operation, state))
        self._place[lane] += 1
        self._left -= lane < self._certain
        self._states[operation.key] = self._model.step(state, operation)
        if self._readers is not None and operation.f in READS:
            self._readers[operation.key, state] -= 1

    def _take_back(self) -> None:
        lane, operation, state = self._trail.pop()
        self._place[lane] -= 1
        self._left += lane < self._certain
        self._states[operation.key] = state
        if self._readers is not None and operation.f in READS:
            self._readers[operation.key, state] += 1


def _lanes(operations: Sequence[Operation]) -> tuple[list[list[Operation]], list[tuple[int, int] | None]]:
    """Each process with its operations; then each one without an answer alone, and how far its process must be."""
    by_process: dict[int | str, list[Operation]] = {}
    doubtful: list[tuple[Operation, int]] = []
    for operation in sorted(operations, key=lambda operation: operation.invoked):
        lane = by_process.setdefault(operation.process, [])
        if operation.returned == OPEN:
            doubtful.append((operation, len(lane)))
        else:
            lane.append(operation)
    number = {process: lane for lane, process in enumerate(by_process)}
    lanes = [*by_process.values(), *([operation] for operation, _ in doubtful)]
    starts = [(number[operation.process], place) for operation, place in doubtful]
    return lanes, [*[None] * len(by_process), *starts]


def _readers(operations: Sequence[Operation], model: Model) -> Counter[tuple[Any, Any]] | None:
    """How many reads show each value of a key, where each is written once and there are only reads and writes."""
    written: set[tuple[Any, Any]] = {(operation.key, model.initial) for operation in operations}
    readers: Counter[tuple[Any, Any]] = Counter()
    for operation in operations:
        value = operation.argument if operation.f in WRITES else operation.result
        pair = (operation.key, model.initial if value is None else value)
        if operation.f in READS and operation.outcome == "ok":
            readers[pair] += 1
        elif operation.f not in WRITES or pair in written:
            return None
        else:
            written.add(pair)
    return readers
