"""Zones: a register whose written values are all different, decided in O(n log n).

Gibbons and Korach, "Testing shared memories" (1997). A write and the reads that saw it form a cluster,
which must happen together. Its zone lies between the first return and the last call of its operations:
forward when the value provably stood for that long, backward when all its operations overlap in time.
A history is linearizable if and only if no two forward zones overlap and no backward zone lies within
a forward one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from twitterlab.bench.deciders.attempt import Decided
from twitterlab.bench.history import Operation


class _Zone(NamedTuple):
    first_return: int
    last_call: int
    operations: tuple[Operation, ...]

    @property
    def low(self) -> int:
        return min(self.first_return, self.last_call)


def decide(
    operations: Sequence[Operation], initial: Any, written: Callable[[Operation], tuple[Any, ...]]
) -> Decided | None:
    """The verdict, or None where a value is written twice or is the initial one. Other operations are reads."""
    writes: dict[Any, Operation] = {}
    reads: dict[Any, list[Operation]] = {initial: []}
    for operation in operations:
        for value in written(operation):
            if value in writes or value == initial:
                return None
            writes[value] = operation
            reads[value] = []
    for operation in operations:
        if not written(operation):
            value = initial if operation.result is None else operation.result
            if value not in reads or (value in writes and operation.returned < writes[value].invoked):
                return Decided("invalid")
            reads[value].append(operation)
    zones = [_zone(writes.get(value), seen) for value, seen in reads.items() if seen or value in writes]
    if _conflict(zones):
        return Decided("invalid")
    zones.sort(key=lambda zone: zone.low)
    return Decided("valid", tuple(operation for zone in zones for operation in zone.operations))


def _zone(write: Operation | None, reads: list[Operation]) -> _Zone:
    """A cluster's zone. The initial value was written before anything else."""
    cluster = ([write] if write else []) + sorted(reads, key=lambda read: read.invoked)
    first_return = min(operation.returned for operation in cluster) if write else 0
    return _Zone(first_return, max(operation.invoked for operation in cluster), tuple(cluster))


def _conflict(zones: list[_Zone]) -> bool:
    forward = sorted(zone[:2] for zone in zones if zone.first_return < zone.last_call)
    if any(second[0] < first[1] for first, second in pairwise(forward)):
        return True
    starts = [start for start, _ in forward]
    for zone in zones:
        if zone.first_return >= zone.last_call:
            around = bisect_left(starts, zone.last_call) - 1
            if around >= 0 and zone.first_return < forward[around][1]:
                return True
    return False
