"""A set that only grows: `add` of an element and `read` of all of them, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twitterlab.bench.history import OPEN, Operation
from twitterlab.bench.models.model import IMPOSSIBLE, Decision, missing_value


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

    def decide(self, operations: Sequence[Operation]) -> Decision | None:
        return _decide(operations)

    def outlook(self, definite: Sequence[Operation], indefinite: Sequence[Operation]) -> Nothing:
        return Nothing()


class Nothing:
    """No outlook: a set is decided without a search."""

    def is_hopeless(self, before: Any, operation: Operation, after: Any, done: int, used: int) -> bool:
        return False


def _decide(operations: Sequence[Operation]) -> Decision:
    """Whether the sets that were read form a chain that time allows, in O(n log n) and the size of the reads.

    Reads are ranked by size (odd ranks); an element comes just before the first read that has it (even).
    An operation may not rank below one that ended before it began. A repeated add may come later than
    its slot, but one of an element's adds must be in it.
    """
    answers = {o.invoked: frozenset(o.result or ()) for o in operations if o.f == "read"}
    chain = sorted(set(answers.values()), key=len)
    slots: dict[Any, int] = {}
    for place, answer in enumerate(chain):
        if place and not chain[place - 1] < answer:
            return Decision("invalid")
        for element in answer - (chain[place - 1] if place else frozenset()):
            slots[element] = 2 * place
    steps = {answer: 2 * place + 1 for place, answer in enumerate(chain)}
    events = [(o.invoked, False, o) for o in operations]
    events += [(o.returned, True, o) for o in operations if o.returned != OPEN]
    ranks: dict[int, int] = {}
    missing = set(slots)
    passed = 0
    for _, is_return, operation in sorted(events, key=lambda event: event[0]):
        if is_return:
            passed = max(passed, ranks[operation.invoked])
            continue
        if operation.f == "read":
            rank = steps[answers[operation.invoked]]
            if rank < passed:
                return Decision("invalid")
        else:
            slot = slots.get(operation.argument, 2 * len(chain))
            rank = max(slot, passed)
            if rank == slot:
                missing.discard(operation.argument)
        ranks[operation.invoked] = rank
    if missing:
        return Decision("invalid")
    return Decision("valid", tuple(sorted(operations, key=lambda o: (ranks[o.invoked], o.invoked))))
