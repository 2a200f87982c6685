"""What a sequential model is: what one copy, used by one client at a time, would answer."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Protocol

from twitterlab.bench.history import Operation

IMPOSSIBLE = object()
"""What `step` answers when the operation cannot happen here."""


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


def missing_value(event: dict[str, Any], kinds: str) -> str:
    """An objection unless the line has a `value`, which may be null."""
    return "" if "value" in event else f"`{event['f']}` needs a `value` on its `{kinds}` line (null is one)"
