"""Outlooks: what a search can tell is hopeless before it has tried. Each says only what is certain."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from twitterlab.bench.history import Operation
from twitterlab.bench.models.key_value import blank
from twitterlab.bench.models.register import observed, written

NEAR = 64
"""How many of the next operations OutOfReach looks at."""


UNSEEN = object()
"""Stands for every state that nothing left can observe: they all have the same future."""


class Outlook(Protocol):
    """Looks ahead of a search. A wrong answer would be a wrong verdict.

    `done` has a bit for each definite operation that was placed, `used` one for each indefinite one, both
    numbered as the outlook was given them.
    """

    def essence(self, state: Any, done: int, used: int) -> Any:
        """The state, or UNSEEN when whatever is left would go the same way from many others."""
        ...

    def is_hopeless(self, before: Any, after: Any, done: int, used: int) -> bool:
        """Whether what is left can no longer be explained once `before` has become `after`."""
        ...


class Overwritten:
    """A register's value is gone that is yet to be read, and nothing is left to write it again."""

    def __init__(self, definite: Sequence[Operation], indefinite: Sequence[Operation]) -> None:
        self._observers = _masks(definite, observed)
        self._open_observers = _masks(indefinite, observed)
        self._writers = _masks(definite, written)
        self._open_writers = _masks(indefinite, written)

    def essence(self, state: Any, done: int, used: int) -> Any:
        is_seen = self._observers.get(state, 0) & ~done or self._open_observers.get(state, 0) & ~used
        return state if is_seen else UNSEEN

    def is_hopeless(self, before: Any, after: Any, done: int, used: int) -> bool:
        return (
            before != after
            and self._observers.get(before, 0) & ~done != 0
            and self._writers.get(before, 0) & ~done == 0
            and self._open_writers.get(before, 0) & ~used == 0
        )


class OutOfReach:
    """A get that comes soon answers what no put that is left, and no append from here, can lead to."""

    def __init__(self, definite: Sequence[Operation], indefinite: Sequence[Operation]) -> None:
        self._gets = [(o.f == "get", blank(o.result)) for o in definite]
        self._answers = _masks(definite, lambda o: (blank(o.result),) if o.f == "get" else ())
        self._texts = sorted(answer for answer in self._answers if isinstance(answer, str))
        self._definite, self._indefinite = _Writes(definite), _Writes(indefinite)

    def essence(self, state: Any, done: int, used: int) -> Any:
        left = ~done
        return state if any(self._answers[answer] & left for answer in self._leading_to(state)) else UNSEEN

    def _leading_to(self, state: Any) -> Iterator[Any]:
        """The answers that appending to a state could lead to; the state itself comes first."""
        if not isinstance(state, str):
            yield from (state,) if state in self._answers else ()
            return
        for place in range(bisect_left(self._texts, state), len(self._texts)):
            if not self._texts[place].startswith(state):
                return
            yield self._texts[place]

    def is_hopeless(self, before: Any, after: Any, done: int, used: int) -> bool:
        if before == after:
            return False
        first = (~done & (done + 1)).bit_length() - 1
        soon = done >> first
        for place, (is_get, answer) in enumerate(self._gets[first : first + NEAR]):
            if is_get and not soon >> place & 1 and answer != after:
                left, open_left = ~done, ~used
                if not (
                    self._definite.puts_to(answer) & left
                    or self._indefinite.puts_to(answer) & open_left
                    or self._definite.appends_to(answer, after) & left
                    or self._indefinite.appends_to(answer, after) & open_left
                ):
                    return True
        return False


class _Writes:
    """Which of some operations could be a step on the way to an answer, as bits."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._puts = _masks(operations, lambda o: (blank(o.argument),) if o.f == "put" else ())
        self._appends = _masks(operations, lambda o: (o.argument,) if o.f == "append" else ())
        self._put_sizes = sorted({len(value) for value in self._puts if isinstance(value, str)})
        self._append_sizes = sorted({len(value) for value in self._appends})
        self._to: dict[Any, int] = {}
        self._from: dict[tuple[Any, Any], int] = {}

    def puts_to(self, answer: Any) -> int:
        if answer not in self._to:
            is_text = isinstance(answer, str)
            starts = [answer[:size] for size in self._put_sizes if size <= len(answer)] if is_text else [answer]
            self._to[answer] = sum(self._puts.get(start, 0) for start in starts)
        return self._to[answer]

    def appends_to(self, answer: Any, state: Any) -> int:
        """The appends that may come next on the way from `state`."""
        if not (isinstance(answer, str) and isinstance(state, str) and answer.startswith(state)):
            return 0
        key = (answer, len(state))
        if key not in self._from:
            start, longest = len(state), len(answer) - len(state)
            sizes = [size for size in self._append_sizes if 0 < size <= longest]
            self._from[key] = sum(self._appends.get(answer[start : start + size], 0) for size in sizes)
        return self._from[key]


def _masks(operations: Sequence[Operation], of: Callable[[Operation], tuple[Any, ...]]) -> dict[Any, int]:
    """For each value that `of` finds in an operation, the bits of those operations."""
    found: dict[Any, int] = {}
    for place, operation in enumerate(operations):
        for value in of(operation):
            found[value] = found.get(value, 0) | 1 << place
    return found
