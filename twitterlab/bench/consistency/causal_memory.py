"""Causal memory: for each process, one order of all writes that explains all that it read.

CyclicHB and WriteHBInitRead of Bouajjani et al. (2017). For a process, happens-before is closed under: a write of a
key that happened before a read of another write of it, happened before that write. It is enough to do so for the last
operation of each process, and for its reads from the last to the first: what a read adds lies between operations that
happened before it, so it changes the past of earlier reads alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from twitterlab.bench.consistency.accesses import INITIAL, WRITE
from twitterlab.bench.consistency.answer import Breach
from twitterlab.bench.consistency.cycles import some_cycle
from twitterlab.bench.consistency.happens_before import HappensBefore, Writers, predecessors, topological
from twitterlab.bench.consistency.overtaken import Overtaken
from twitterlab.bench.consistency.telling import said, told_cycle

BETWEEN_LOOKS = 100
"""Reads between two looks at the clock."""


class OutOfTime(Exception):
    """There are processes left that were not judged."""


def memory_breaches(order: HappensBefore, pairs: Sequence[Overtaken], is_late: Callable[[], bool]) -> Iterator[Breach]:
    """One breach for each process whose reads no order of the writes explains. OutOfTime when `is_late`."""
    sessions = {order.accesses.session[pair.read]: None for pair in pairs}
    writers = order.writers()
    for session in sessions:
        proven = _Proven(order)
        _saturate(proven, session, writers, is_late)
        breach = _unread(order, proven.pairs) or (_cycle(order, proven.pairs) if proven.is_cyclic() else None)
        if breach:
            yield breach


def _saturate(proven: _Proven, session: int, writers: Writers, is_late: Callable[[], bool]) -> None:
    """Add all that the reads of a session prove, from the last to the first."""
    found = proven.order.accesses
    reads = [node for node in found.sessions[session] if found.source[node] != WRITE]
    for number, read in enumerate(reversed(reads)):
        if number % BETWEEN_LOOKS == 0 and is_late():
            raise OutOfTime
        past = proven.closed(proven.order.clocks[read]).tolist()
        for column, (ranks, writes) in writers.get(found.nodes[read].key, {}).items():
            place = bisect_right(ranks, past[column]) - 1
            if place >= 0:
                proven.add(Overtaken(writes[place], found.source[read], read))


def _unread(order: HappensBefore, pairs: Sequence[Overtaken]) -> Breach | None:
    nodes = order.accesses.nodes
    for write, source, read in pairs:
        if source == INITIAL:
            what = f"{said(nodes[write])} before {said(nodes[read])}, which is what it began with"
            return Breach(
                "WriteHBInitRead", f"whatever order explains the rest has {what}", (nodes[write], nodes[read])
            )
    return None


def _cycle(order: HappensBefore, pairs: Sequence[Overtaken]) -> Breach:
    """A cycle in what the reads prove, where there is one."""
    before = predecessors(order.accesses)
    because = {(write, source): read for write, source, read in pairs}
    for write, source in because:
        before[source].append(write)
    left = set(range(len(before))) - set(topological(before))
    return told_cycle("CyclicHB", order.accesses.nodes, some_cycle(left, before.__getitem__)[::-1], because)


class _Proven:
    """What later reads have proven, and the past of earlier ones with it.

    `_past` has a row for each write, by session: the clock of all that happened before it or before an earlier
    write of its session. So rows of a session only grow, and what a proof adds stands in one piece of a column.
    """

    def __init__(self, order: HappensBefore) -> None:
        self.order = order
        self._past = order.clocks[[node for writes in order.writes for node in writes]]
        self._end = np.cumsum([len(writes) for writes in order.writes], dtype=np.int64)
        self._start = self._end - [len(writes) for writes in order.writes]
        self._known: set[tuple[int, int]] = set()
        self._has_grown = False
        self.pairs: list[Overtaken] = []

    def add(self, pair: Overtaken) -> None:
        """Of its session, `pair.write` is the last write of the key before the read."""
        write, source, _ = pair
        if write == source or (write, source) in self._known:
            return
        self._known.add((write, source))
        if source == INITIAL:
            self.pairs.append(pair)
        elif not self.order.precedes(write, source):
            self.pairs.append(pair)
            self._put_before(write, source)

    def _put_before(self, write: int, source: int) -> None:
        column = self.order.column[source]
        row, end = int(self._start[column]) + self.order.rank[source] - 1, int(self._end[column])
        clock = self.order.clocks[write]
        for entry in np.flatnonzero(clock > self._past[row]).tolist():
            piece = self._past[row:end, entry]
            piece[: np.searchsorted(piece, clock[entry])] = clock[entry]
            self._has_grown = True

    def closed(self, clock: NDArray[np.int32]) -> NDArray[np.int32]:
        """The writes before a read with this clock, and all that is proven to be before them."""
        while self._has_grown:
            rows = (self._start + clock - 1)[clock > 0]
            larger = np.maximum(clock, self._past[rows].max(axis=0)) if len(rows) else clock
            if np.array_equal(larger, clock):
                break
            clock = larger
        return clock

    def is_cyclic(self) -> bool:
        """Whether a write that is proven to stand before another has that one in its past."""
        return any(
            self.closed(self.order.clocks[write])[self.order.column[source]] >= self.order.rank[source]
            for write, source, _ in self.pairs
        )
