"""Telling: operations and cycles of a breach in words, with their lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from twitterlab.bench.consistency.answer import Breach
from twitterlab.bench.history import Operation
from twitterlab.bench.json_values import shown

WRITES = frozenset({"write", "put"})


def said(operation: Operation) -> str:
    """An operation in a sentence: `process 3 wrote x = 2 (line 7)`."""
    writes = operation.f in WRITES
    verb, value = ("wrote", operation.argument) if writes else ("read", operation.result)
    line = operation.line if writes else operation.end_line
    return f"process {named(operation.process)} {verb} {named(operation.key)} = {shown(value)} (line {line})"


def named(name: Any) -> str:
    """A key or process in a sentence."""
    return name if isinstance(name, str) and name.isascii() and name.isprintable() and len(name) < 40 else shown(name)


def told_cycle(
    pattern: str, nodes: Sequence[Operation], cycle: Sequence[int], because: Mapping[tuple[int, int], int]
) -> Breach:
    """A cycle, each node of which stands before the next; `because` has the reads that prove the less obvious steps."""
    steps, shown_nodes = [], dict[int, None]()
    for place, node in enumerate(cycle):
        after = cycle[(place + 1) % len(cycle)]
        shown_nodes[node] = None
        read = because.get((node, after))
        if read is not None:
            shown_nodes[read] = None
        proof = f", for {said(nodes[read])} and knew of both" if read is not None else ""
        steps.append(f"{said(nodes[node])} comes before {said(nodes[after])}{proof}")
    operations = tuple(nodes[node] for node in sorted(shown_nodes, key=lambda node: nodes[node].invoked))
    return Breach(pattern, "; ".join(steps), operations)
