"""Overtaken reads: those that show one write although another of the same key happened before them.

Which of the two is newer? Where happens-before says that the one shown is, all is well, and it is left out here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from twitterlab.bench.consistency.accesses import INITIAL, WRITE
from twitterlab.bench.consistency.happens_before import HappensBefore


class Overtaken(NamedTuple):
    """`write` happened before `read`, which shows `source`: another write of the key, or INITIAL."""

    write: int
    source: int
    read: int


def overtaken(order: HappensBefore) -> Iterator[Overtaken]:
    """Of each session that writes the key, its last write before the read, unless that happened before `source`."""
    found, rank = order.accesses, np.array(order.rank)
    reads_of: dict[object, list[int]] = {}
    for node, operation in enumerate(found.nodes):
        if found.source[node] != WRITE:
            reads_of.setdefault(operation.key, []).append(node)
    writers = order.writers()
    for key, nodes in reads_of.items():
        reads = np.array(nodes)
        sources = np.array([found.source[node] for node in nodes])
        for writer, (ranks, writes) in writers.get(key, {}).items():
            place = np.searchsorted(np.array(ranks), order.clocks[reads, writer], side="right") - 1
            write = np.array(writes)[place]
            is_newer = (sources != INITIAL) & (order.clocks[sources, writer] >= rank[write]) & (write != sources)
            is_other = (place >= 0) & (write != sources) & ~is_newer
            for at in np.flatnonzero(is_other).tolist():
                yield Overtaken(int(write[at]), int(sources[at]), nodes[at])
