"""Happens-before: the order that sessions and reads prove, as a vector clock for each operation.

Lamport (1978), Fidge and Mattern (1988): what a process did earlier happens before what it does later, a write before
the reads that saw it, and so on transitively. A clock counts, for each session that writes, its writes that happened
before an operation or are it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from twitterlab.bench.consistency.accesses import WRITE, Accesses

MEMORY_BYTES = 1_000_000_000
"""What the clocks of one history may take."""


Writers = dict[Any, dict[int, tuple[list[int], list[int]]]]
"""Of each key, of each column that writes it: the ranks of those writes, and their nodes."""


class TooLarge(Exception):
    """The clocks of so many sessions do not fit."""


class HappensBefore:
    """The clocks of accesses that do not happen before themselves."""

    def __init__(self, found: Accesses) -> None:
        self.accesses = found
        self.column, self.rank, self.writes = _ranked(found)
        if len(found.nodes) * len(self.writes) * 4 > MEMORY_BYTES:
            raise TooLarge(
                f"{len(self.writes):,} sessions write in {len(found.nodes):,} operations: the clocks do not fit"
            )
        self.clocks = np.zeros((len(found.nodes), len(self.writes)), np.int32)
        self._tick(topological(predecessors(found)))

    def precedes(self, write: int, node: int) -> bool:
        """Whether the write happens before the node, which is another."""
        return bool(self.clocks[node, self.column[write]] >= self.rank[write])

    def _tick(self, order: Sequence[int]) -> None:
        clocks, before, source = self.clocks, self.accesses.before, self.accesses.source
        for node in order:
            row = clocks[node]
            if before[node] >= 0:
                row[:] = clocks[before[node]]
            if source[node] >= 0:
                np.maximum(row, clocks[source[node]], out=row)
            elif source[node] == WRITE:
                row[self.column[node]] = self.rank[node]

    def writers(self) -> Writers:
        """Who writes which key, and when."""
        found: Writers = {}
        for column, writes in enumerate(self.writes):
            for rank, node in enumerate(writes, 1):
                ranks, nodes = found.setdefault(self.accesses.nodes[node].key, {}).setdefault(column, ([], []))
                ranks.append(rank)
                nodes.append(node)
        return found


def _ranked(found: Accesses) -> tuple[list[int], list[int], list[list[int]]]:
    """The column of each node's session (-1 where it never writes), the rank of each write, the writes of a column."""
    column, rank = [-1] * len(found.nodes), [0] * len(found.nodes)
    writes: list[list[int]] = []
    for session in found.sessions:
        own = [node for node in session if found.source[node] == WRITE]
        if not own:
            continue
        for node in session:
            column[node] = len(writes)
        for number, node in enumerate(own, 1):
            rank[node] = number
        writes.append(own)
    return column, rank, writes


def predecessors(found: Accesses) -> list[list[int]]:
    """For each node what stands right before it: in its session, and the write it read."""
    return [[node for node in pair if node >= 0] for pair in zip(found.before, found.source, strict=True)]


def topological(before: Sequence[Sequence[int]]) -> list[int]:
    """The nodes, each behind those before it; nodes on a cycle, or behind one, are missing."""
    after: list[list[int]] = [[] for _ in before]
    missing = [len(edges) for edges in before]
    for node, edges in enumerate(before):
        for earlier in edges:
            after[earlier].append(node)
    order = [node for node, count in enumerate(missing) if not count]
    for node in order:
        for later in after[node]:
            missing[later] -= 1
            if not missing[later]:
                order.append(later)
    return order
