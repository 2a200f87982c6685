"""FIFO order: a queue whose enqueued values are all different, decided in O(n log n).

Henzinger, Sezgin and Vafeiadis, "Aspect-oriented linearizability proofs" (2013): such a queue is
linearizable if and only if no value appears from nowhere or twice, no value overtakes another both
ways, and no dequeue answers empty while the queue surely was not. Here the order is built: values by
what must precede what, then the operations along it. Dequeues with an unknown end are given to the
values that nobody took, the earliest call to the value that was surely in first: every need for such a
removal is more urgent for values that went in earlier, so no other pairing can do better.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from typing import Any, NamedTuple

from twitterlab.bench.deciders.attempt import Decided
from twitterlab.bench.history import OPEN, Operation

NEVER = OPEN + 1


class Passage(NamedTuple):
    """A value's way through the queue; `taken` is None when it stays."""

    put: Operation
    taken: Operation | None

    @property
    def take_call(self) -> int:
        return self.taken.invoked if self.taken else NEVER

    @property
    def take_return(self) -> int:
        return self.taken.returned if self.taken else NEVER

    @property
    def settled(self) -> int:
        """When the value has been in for sure, or even out again."""
        return min(self.put.returned, self.take_return)


class _Empty(NamedTuple):
    """A dequeue that answered null, and the moment at which the queue may have been empty."""

    moment: float
    dequeue: Operation


def decide(operations: Sequence[Operation]) -> Decided | None:
    """The verdict, or None where a value is enqueued twice."""
    puts = {o.argument: o for o in operations if o.f == "enqueue"}
    if len(puts) < sum(o.f == "enqueue" for o in operations):
        return None
    taken: dict[Any, Operation] = {}
    nulls = []
    for operation in (o for o in operations if o.f == "dequeue" and o.outcome == "ok"):
        value = operation.result
        if value is None:
            nulls.append(operation)
        elif value in taken or value not in puts or operation.returned < puts[value].invoked:
            return Decided("invalid")
        else:
            taken[value] = operation
    passages = _passages(puts, taken, [o for o in operations if o.f == "dequeue" and o.outcome == "info"])
    empties = _empties(nulls, passages)
    ordered = None if empties is None else _ordered(passages, empties)
    if empties is None or ordered is None:
        return Decided("invalid")
    settled = sorted(passage.settled for passage in ordered)
    order = laid_out(ordered, [(bisect_left(settled, empty.moment), empty.dequeue) for empty in empties])
    return None if order is None else Decided("valid", order)


def _passages(puts: dict[Any, Operation], taken: dict[Any, Operation], lost: list[Operation]) -> list[Passage]:
    left = sorted((put for value, put in puts.items() if value not in taken), key=lambda put: put.returned)
    lost = sorted(lost, key=lambda operation: operation.invoked)
    given = dict(zip((put.argument for put in left), lost, strict=False))
    return [Passage(put, taken.get(value, given.get(value))) for value, put in puts.items()]


def _empties(nulls: list[Operation], passages: list[Passage]) -> list[_Empty] | None:
    """For each null its earliest possible moment, in order; None when the queue was never empty meanwhile."""
    filled: list[tuple[int, int]] = []  # when at least one value was surely in, merged
    for start, end in sorted((p.put.returned, p.take_call) for p in passages if p.put.returned < p.take_call):
        if filled and start < filled[-1][1]:
            filled[-1] = (filled[-1][0], max(filled[-1][1], end))
        else:
            filled.append((start, end))
    starts = [start for start, _ in filled]
    found = []
    for null in nulls:
        around = bisect_left(starts, null.invoked) - 1
        moment = max(null.invoked, filled[around][1]) if around >= 0 else null.invoked
        if moment > null.returned:
            return None
        found.append(_Empty(moment + 0.5, null))
    return sorted(found, key=lambda empty: (empty.moment, empty.dequeue.invoked))


def _ordered(passages: list[Passage], empties: list[_Empty]) -> list[Passage] | None:
    """The values in an order that both ends of the queue could have seen; None when there is none.

    The next value is one that no other must precede: none was put, and none taken, wholly before it.
    """
    moments = [empty.moment for empty in empties]
    count = len(passages)
    by_put, by_take = _Ladder([p.put.invoked for p in passages]), _Ladder([p.take_call for p in passages])
    put_ends, take_ends = [(p.put.returned, i) for i, p in enumerate(passages)], []
    take_ends = [(p.take_return, i) for i, p in enumerate(passages)]
    heapify(put_ends)
    heapify(take_ends)
    free, is_out = [0] * count, [False] * count
    ready: list[tuple[int, int, int]] = []
    ordered: list[Passage] = []
    while len(ordered) < count:
        for ladder, ends in ((by_put, put_ends), (by_take, take_ends)):
            while is_out[ends[0][1]]:
                heappop(ends)
            for place in ladder.up_to(ends[0][0]):
                free[place] += 1
                if free[place] == 2:
                    stage = bisect_right(moments, passages[place].settled)
                    heappush(ready, (stage, passages[place].put.invoked, place))
        if not ready:
            return None
        place = heappop(ready)[2]
        is_out[place] = True
        ordered.append(passages[place])
    return ordered


class _Ladder:
    """Places in order of a time, handed out once each as a bound rises."""

    def __init__(self, times: list[int]) -> None:
        self._times = times
        self._places = sorted(range(len(times)), key=times.__getitem__)
        self._next = 0

    def up_to(self, bound: int) -> list[int]:
        start = self._next
        while self._next < len(self._places) and self._times[self._places[self._next]] <= bound:
            self._next += 1
        return self._places[start : self._next]


def laid_out(ordered: Sequence[Passage], nulls: Sequence[tuple[int, Operation]]) -> tuple[Operation, ...] | None:
    """The operations along an order of values, each as soon as nothing that is left ended before it began.

    Nulls come with how many values went through before them. None when time does not allow the order.
    """
    takes = [passage.taken for passage in ordered if passage.taken is not None]
    everything = [passage.put for passage in ordered] + takes + [null for _, null in nulls]
    waiting = sorted(everything, key=lambda o: o.returned, reverse=True)
    placed: set[int] = set()
    order: list[Operation] = []
    puts = gone = empty = 0
    while len(order) < len(everything):
        while waiting[-1].invoked in placed:
            waiting.pop()
        limit = waiting[-1].returned
        cut = nulls[empty][0] if empty < len(nulls) else NEVER
        if cut == puts == gone and nulls[empty][1].invoked < limit:
            chosen, empty = nulls[empty][1], empty + 1
        elif gone < min(puts, len(takes)) and takes[gone].invoked < limit:
            chosen, gone = takes[gone], gone + 1
        elif puts < min(cut, len(ordered)) and ordered[puts].put.invoked < limit:
            chosen, puts = ordered[puts].put, puts + 1
        else:
            return None
        placed.add(chosen.invoked)
        order.append(chosen)
    return tuple(order)
