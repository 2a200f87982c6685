"""What a sequential model is: what one copy, used by one client at a time, would answer."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from twitterlab.bench.history import Operation

IMPOSSIBLE = object()
"""What `step` answers when the operation cannot happen here."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict reached without a search. `order` is a linearization when valid."""

    verdict: Literal["valid", "invalid"]
    order: tuple[Operation, ...] = ()


class Outlook(Protocol):
    """Looks ahead of a search. It may only say what is certain: a wrong `True` would be a wrong verdict."""

    def is_hopeless(self, before: Any, operation: Operation, after: Any, done: int, used: int) -> bool:
        """Whether what is left can no longer be explained after `operation` led from `before` to `after`.

        `done` has a bit for each definite operation that was placed, `used` one for each indefinite one,
        both numbered as the outlook was given them.
        """
        ...


class Model(Protocol):
    """A sequential specification of one key.

    Laws:
      1. `step` is a function of its arguments; states are hashable.
      2. An indefinite operation has no answer to match: it takes its effect, or none.
      3. `kept` leaves out only indefinite operations without which the verdict is the same.
    """

    @property
    def name(self) -> str: ...

    @property
    def functions(self) -> frozenset[str]:
        """What `f` may be."""
        ...

    @property
    def reads(self) -> frozenset[str]:
        """Those whose `ok` carries an answer."""
        ...

    @property
    def initial(self) -> Hashable:
        """The state before the first operation."""
        ...

    def objection(self, event: dict[str, Any]) -> str:
        """What is wrong with the value of an `invoke` or `ok` line; empty when nothing."""
        ...

    def kept(self, operations: Sequence[Operation]) -> list[Operation]:
        """The operations without the indefinite ones whose effect nobody could have seen."""
        ...

    def step(self, state: Any, operation: Operation) -> Any:
        """The state after `operation`, or IMPOSSIBLE."""
        ...

    def decide(self, operations: Sequence[Operation]) -> Decision | None:
        """The decision on what `kept` kept, where an algorithm knows one; None leaves it to the search."""
        ...

    def outlook(self, definite: Sequence[Operation], indefinite: Sequence[Operation]) -> Outlook:
        """What a search may ask about these operations."""
        ...


def missing_value(event: dict[str, Any], kinds: str) -> str:
    """An objection unless the line has a `value`, which may be null."""
    return "" if "value" in event else f"`{event['f']}` needs a `value` on its `{kinds}` line (null is one)"


def masks(operations: Sequence[Operation], of: Any) -> dict[Any, int]:
    """For each value that `of` finds in an operation, the bits of those operations. `of` may answer with none."""
    found: dict[Any, int] = {}
    for place, operation in enumerate(operations):
        for value in of(operation):
            found[value] = found.get(value, 0) | 1 << place
    return found
