"""The search for a linearization of one key, which can be stopped and taken up again.

It is Wing and Gong's (1993) with Lowe's memo of (operations placed, state), as in porcupine: a linked
list of calls and returns in order of time; an operation may come next if its call stands before every
return that is left. Three things are added. Indefinite operations are not in the list: those with the
same call are interchangeable, so they are grouped and each group is used in order of invocation, which
turns 2**n ways to place n lost dequeues into n + 1. A model's outlook cuts branches that cannot end
well. And a memo counts its bytes against an allowance that all searches of a history share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from twitterlab.bench.deciders.attempt import Allowance, Purse, Verdict, window
from twitterlab.bench.deciders.outlooks import Outlook
from twitterlab.bench.history import OPEN, Operation
from twitterlab.bench.models import IMPOSSIBLE, Model

ENTRY_BYTES = 400
"""What a remembered state costs beside its size: a tuple, its integers and its place in the memo."""
RIVAL_BYTES = 100
"""What one more way to have reached it costs."""
MOST_RIVALS = 64
"""With how many of those ways a new one is compared; those that came first spared most."""


class Search:
    """One key's search. `verdict` is `unknown` until it is decided; `is_full` says that memory ran out."""

    def __init__(
        self,
        operations: Sequence[Operation],
        model: Model,
        outlook: Callable[[Sequence[Operation], Sequence[Operation]], Outlook],
        allowance: Allowance,
    ) -> None:
        self.verdict: Verdict = "unknown"
        self.is_full = False
        self.steps = 0
        self._model = model
        self._purse = Purse(allowance)
        kept = sorted(operations, key=lambda o: o.invoked)
        self._definite = [o for o in kept if o.returned != OPEN]
        self._indefinite, self._groups = _grouped([o for o in kept if o.returned == OPEN])
        self._group_of = [group for group, (start, end) in enumerate(self._groups) for _ in range(start, end)]
        self._outlook = outlook(self._definite, self._indefinite)
        self._following, self._preceding = _linked(self._definite)
        self._state: Any = model.initial
        self._done = self._used = 0
        self._stack: list[tuple[int, Any]] = []
        self._memo: dict[tuple[int, int, Any], dict[int, None]] = {}
        self._at = self._following[2 * len(self._definite)]
        self._best: tuple[int, ...] = ()

    @property
    def order(self) -> tuple[Operation, ...]:
        """The linearization when valid, else the longest beginning of one that was found."""
        return tuple(self._operation(node) for node in self._best)

    def advance(self, steps: int) -> None:
        """Search on for at most `steps` steps; sets `verdict` when decided."""
        count = len(self._definite)
        for _ in range(steps):
            self.steps += 1
            if self._done.bit_count() == count:
                self.verdict, self._best = "valid", tuple(node for node, _ in self._stack)
                return
            if not self._has_next():
                self._keep_best()
                if not self._stack:
                    self.verdict = "invalid"
                    return
                self._take_back()
            elif not self._place():
                self._at = self._after(self._at)
            if self._purse.is_empty:
                self.is_full = True
                self._memo.clear()
                self._purse.give_back()
                return

    # A candidate is a call in the list (0 .. count - 1), or, past the list, a group of indefinite operations.

    def _has_next(self) -> bool:
        count = len(self._definite)
        if self._at < count:
            return True
        first_group = 2 * count + 2
        if self._at < first_group:  # the first return that is left: from here on, only indefinite operations
            self._at = first_group
        limit = self._first_return()
        while self._at - first_group < len(self._groups):
            start, end = self._groups[self._at - first_group]
            following = self._used >> start & ((1 << (end - start)) - 1)
            place = start + following.bit_count()
            if place < end and self._indefinite[place].invoked < limit:
                return True
            self._at += 1
        return False

    def _first_return(self) -> int:
        count = len(self._definite)
        node = self._following[2 * count]
        while node < count:
            node = self._following[node]
        return self._definite[node - count].returned if node < 2 * count else OPEN

    def _after(self, node: int) -> int:
        return self._following[node] if node < len(self._definite) else node + 1

    def _operation(self, node: int) -> Operation:
        count = len(self._definite)
        return self._definite[node] if node < count else self._indefinite[node - 2 * count - 2]

    def _place(self) -> bool:
        """Let the candidate come next, if it can and this is not where the search has been before."""
        count = len(self._definite)
        done, used, node = self._done, self._used, self._at
        if node < count:
            done |= 1 << node
        else:
            start, end = self._groups[node - 2 * count - 2]
            place = start + (used >> start & ((1 << (end - start)) - 1)).bit_count()
            used |= 1 << place
            node = place + 2 * count + 2
        operation = self._operation(node)
        after = self._model.step(self._state, operation)
        if after is IMPOSSIBLE:
            return False
        after = self._outlook.essence(after, done, used)
        if (after == self._state and node >= count) or not self._is_new(done, used, after):
            return False
        if self._outlook.is_hopeless(self._state, after, done, used):
            return False
        self._stack.append((node, self._state))
        self._done, self._used, self._state = done, used, after
        if node < count:
            self._lift(node)
        self._at = self._following[2 * count]
        return True

    def _is_new(self, done: int, used: int, state: Any) -> bool:
        """Whether nobody has been here with as many indefinite operations to spare."""
        first, bits = window(done)
        rivals = self._memo.setdefault((first, bits, state), {})
        if used in rivals or any(rival & used == rival for rival in islice(rivals, MOST_RIVALS)):
            return False
        size = 8 * len(state) if isinstance(state, tuple | str | frozenset) else 0
        self._purse.spend((RIVAL_BYTES if rivals else ENTRY_BYTES + size) + (bits | used).bit_length() // 8)
        rivals[used] = None
        return True

    def _take_back(self) -> None:
        node, self._state = self._stack.pop()
        count = len(self._definite)
        if node < count:
            self._done &= ~(1 << node)
            self._unlift(node)
            self._at = self._following[node]
            return
        place = node - 2 * count - 2
        self._used &= ~(1 << place)
        self._at = 2 * count + 2 + self._group_of[place] + 1

    def _lift(self, call: int) -> None:
        for node in (call, call + len(self._definite)):
            before, after = self._preceding[node], self._following[node]
            self._following[before], self._preceding[after] = after, before

    def _unlift(self, call: int) -> None:
        for node in (call + len(self._definite), call):
            self._following[self._preceding[node]] = self._preceding[self._following[node]] = node

    def _keep_best(self) -> None:
        if len(self._stack) > len(self._best):
            self._best = tuple(node for node, _ in self._stack)


def _grouped(operations: Sequence[Operation]) -> tuple[list[Operation], list[tuple[int, int]]]:
    """Indefinite operations with equal calls side by side, and where each group starts and ends."""
    by_call: dict[tuple[str, Any], list[Operation]] = {}
    for operation in operations:
        by_call.setdefault((operation.f, operation.argument), []).append(operation)
    ordered: list[Operation] = []
    groups = []
    for group in by_call.values():
        groups.append((len(ordered), len(ordered) + len(group)))
        ordered += group
    return ordered, groups


def _linked(operations: Sequence[Operation]) -> tuple[list[int], list[int]]:
    """The list of calls (node i), returns (i + count) and two sentinels, in order of time: next and previous."""
    count = len(operations)
    events = [(o.invoked, i) for i, o in enumerate(operations)] + [
        (o.returned, i + count) for i, o in enumerate(operations)
    ]
    following, preceding = [0] * (2 * count + 2), [0] * (2 * count + 2)
    before, last = 2 * count, 2 * count + 1
    for _, node in sorted(events):
        following[before], preceding[node] = node, before
        before = node
    following[before], preceding[last] = last, before
    return following, preceding
