"""Convergence: once everything is healed and nothing is written, all replicas show the same.

Eventual consistency (Vogels, 2009), judged when it has had its time: from the last read of each key at each replica.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twitterlab.bench.consistency.telling import named
from twitterlab.bench.history import Operation
from twitterlab.bench.json_values import shown
from twitterlab.bench.models import Model


@dataclass(frozen=True, slots=True)
class Divergence:
    """A key that replicas show differently: the values, each with its replicas."""

    key: Any
    shown_by: tuple[tuple[Any, tuple[str, ...]], ...]

    @property
    def said(self) -> str:
        parts = [f"{shown(value)} at {', '.join(replicas)}" for value, replicas in self.shown_by]
        return f"{named(self.key)} is {'; '.join(parts)}"


def divergences(finals: Mapping[str, Mapping[Hashable, Any]]) -> list[Divergence]:
    """The keys on which replicas differ. `finals` are the last values of each replica by key, null where it has none;
    of a key that is missing nothing is known."""
    keys = {key: None for values in finals.values() for key in values}
    found = []
    for key in keys:
        by_value: dict[Any, list[str]] = {}
        for replica in sorted(finals):
            if key in finals[replica]:
                by_value.setdefault(finals[replica][key], []).append(replica)
        if len(by_value) > 1:
            found.append(Divergence(key, tuple((value, tuple(replicas)) for value, replicas in by_value.items())))
    return found


def last_reads(
    operations: Iterable[Operation],
    model: Model,
    replica_of: Callable[[int | str], str],
    since: int = 0,
) -> dict[str, dict[Hashable, Any]]:
    """The last answer for each key at each replica, of reads called at `since` or later, a place in the history.

    A set is a list in any order. Keys that a replica was not asked for then are missing.
    """
    finals: dict[str, dict[Hashable, Any]] = {}
    for operation in sorted(operations, key=lambda operation: operation.returned):
        if operation.f in model.reads and operation.outcome == "ok" and operation.invoked >= since:
            value = frozenset(operation.result or ()) if model.name == "set" else operation.result
            finals.setdefault(replica_of(operation.process), {})[operation.key] = value
    return finals


def unasked(finals: Mapping[str, Mapping[Hashable, Any]], replicas: Sequence[str]) -> list[str]:
    """What is missing for a judgement: replicas that answered for none or not all of the keys."""
    keys = {key: None for values in finals.values() for key in values}
    return [
        f"{replica} was not asked for {named(key)}"
        for replica in replicas
        for key in keys
        if key not in finals.get(replica, {})
    ]
