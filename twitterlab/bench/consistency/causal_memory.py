"""Causal memory: for each process, one order of all writes that explains all that it read.

CyclicHB and WriteHBInitRead of Bouajjani et al. (2017). For a process, happens-before is closed under: a write of a
key that happened before a read of another write of it, happened before that write. It is enough to do so for the last
operation of each process, and for its reads from the last to the first: what a read adds lies between operations that
happened before it, so it changes the past of earlier reads alone. Where it adds nothing that the process had not seen
in that order, as with a store that shows what arrived last, the past of a read is its causal past, and no closure is
computed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

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


def memory_breaches(order: HappensBefore, pairs: Sequence[Overtaken], is_late: Callable[[], bool]) -> list[Breach]:
    """One breach for each process whose reads no order of the writes explains. OutOfTime when `is_late`."""
    of_session: dict[int, list[Overtaken]] = {}
    for pair in pairs:
        of_session.setdefault(order.accesses.session[pair.read], []).append(pair)
    writers = order.writers()
    breaches = []
    for session, mine in of_session.items():
        if is_late():
            raise OutOfTime
        process = _Process(order, session, writers)
        breach = _cycle(order, process, mine)
        if not breach and not process.saw_in_order(mine):
            mine = process.saturated(is_late)
            breach = _unread(order, mine) or _cycle(order, process, mine)
        if breach:
            breaches.append(breach)
    return breaches


def _unread(order: HappensBefore, pairs: Sequence[Overtaken]) -> Breach | None:
    for write, source, read in pairs:
        if source == INITIAL:
            told = (
                f"whatever order explains the rest has {said(order.accesses.nodes[write])} "
                f"before {said(order.accesses.nodes[read])}, which is what it began with"
            )
            return Breach("WriteHBInitRead", told, (order.accesses.nodes[write], order.accesses.nodes[read]))
    return None


def _cycle(order: HappensBefore, process: _Process, pairs: Sequence[Overtaken]) -> Breach | None:
    """A cycle in what happened before for this process. Where all steps lead to later arrivals there is none."""
    if all(process.arrival(pair.write) < process.arrival(pair.source) for pair in pairs):
        return None
    before = predecessors(order.accesses)
    because = {(write, source): read for write, source, read in pairs}
    for write, source in because:
        before[source].append(write)
    ordered = topological(before)
    if len(ordered) == len(before):
        return None
    cycle = some_cycle(set(range(len(before))) - set(ordered), before.__getitem__)[::-1]
    return told_cycle("CyclicHB", order.accesses.nodes, cycle, because)


class _Process:
    """One session: the writes that it knew of at each of its reads."""

    def __init__(self, order: HappensBefore, session: int, writers: Writers) -> None:
        self._order, self._writers = order, writers
        self._reads = [node for node in order.accesses.sessions[session] if order.accesses.source[node] != WRITE]
        self._clocks = order.clocks[self._reads].T.copy()

    def arrival(self, write: int) -> int:
        """The number of the first read that had this write in its causal past."""
        return int(np.searchsorted(self._clocks[self._order.column[write]], self._order.rank[write]))

    def saw_in_order(self, pairs: Sequence[Overtaken]) -> bool:
        """Whether what each read proves to be earlier had not arrived later."""
        return all(self.arrival(pair.write) <= self.arrival(pair.source) for pair in pairs)

    def saturated(self, is_late: Callable[[], bool]) -> list[Overtaken]:
        """All that the reads prove, from the last read to the first."""
        order, found = self._order, self._order.accesses
        proven = _Proven(order)
        for number, read in enumerate(reversed(self._reads)):
            if number % BETWEEN_LOOKS == 0 and is_late():
                raise OutOfTime
            past = proven.closed(order.clocks[read]).tolist()
            for column, (ranks, writes) in self._writers.get(found.nodes[read].key, {}).items():
                place = bisect_right(ranks, past[column]) - 1
                if place >= 0:
                    proven.add(Overtaken(writes[place], found.source[read], read))
        return proven.pairs


class _Proven:
    """What later reads have proven, and the past of earlier ones with it.

    `_past` has a row for each write, by session: the clock of all that happened before it or before an earlier
    write of its session. So rows of a session only grow, and what a proof adds stands in one piece of a column.
    """

    def __init__(self, order: HappensBefore) -> None:
        self._order = order
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
        elif not self._order.precedes(write, source):
            self.pairs.append(pair)
            self._put_before(write, source)

    def _put_before(self, write: int, source: int) -> None:
        column = self._order.column[source]
        row, end = int(self._start[column]) + self._order.rank[source] - 1, int(self._end[column])
        clock = self._order.clocks[write]
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
