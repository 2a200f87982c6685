"""Lists: in which order the values of each key were appended, by whom, and who read how much of them.

A list that was read is the whole past of its key. So the longest one is the order of its versions, every other read
must be a beginning of it, and reads are told apart by their length.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from twitterlab.bench.consistency.telling import named
from twitterlab.bench.history import Operation
from twitterlab.bench.json_values import shown
from twitterlab.bench.transactions.list_append import steps_of
from twitterlab.errors import BadInput


class View(NamedTuple):
    """What transaction `reader` saw of a key, without what it had appended itself."""

    reader: int
    values: tuple[Any, ...]


@dataclass(slots=True)
class Key:
    """One key. Transactions are numbers, `order` are the writers of the longest list that was read, -1 for none;
    `last_by` is the last value that each transaction appended, `views` are first reads."""

    writer_of: dict[Any, int] = field(default_factory=dict)
    last_by: dict[int, Any] = field(default_factory=dict)
    views: list[View] = field(default_factory=list)
    longest: tuple[Any, ...] = ()
    order: list[int] = field(default_factory=list)


class Quarrel(NamedTuple):
    """A transaction that contradicts itself: what it read of a key, and what it had to."""

    reader: int
    key: Any
    values: tuple[Any, ...]
    due: tuple[Any, ...]


def keys_of(transactions: Sequence[Operation]) -> tuple[dict[Hashable, Key], list[Quarrel]]:
    """All keys, and the transactions that contradict themselves. BadInput where a value is appended twice."""
    keys: dict[Hashable, Key] = {}
    quarrels: list[Quarrel] = []
    for number, transaction in enumerate(transactions):
        mine: dict[Hashable, tuple[Any, ...]] = {}
        seen: dict[Hashable, tuple[Any, ...]] = {}
        for f, name, value in steps_of(transaction):
            key = keys.get(name)
            if key is None:
                key = keys[name] = Key()
            if f == "append":
                if value in key.writer_of:
                    _twice(transactions, number, key.writer_of[value], name, value)
                key.writer_of[value] = number
                key.last_by[number] = value
                mine[name] = (*mine.get(name, ()), value)
            elif transaction.outcome == "ok":
                own = mine.get(name, ())
                there = value[: len(value) - len(own)]
                if (name in seen and seen[name] != there) or value[len(there) :] != own:
                    quarrels.append(Quarrel(number, name, value, seen.get(name, ()) + own))
                    continue
                if name not in seen:
                    seen[name] = there
                    key.views.append(View(number, there))
                if len(value) > len(key.longest):
                    key.longest = value
    for key in keys.values():
        key.order = [key.writer_of.get(value, -1) for value in key.longest]
    return keys, quarrels


def _twice(transactions: Sequence[Operation], number: int, first: int, name: Any, value: Any) -> None:
    problem = (
        f"line {transactions[number].line}: {shown(value)} is appended to {named(name)} again, "
        f"after line {transactions[first].line}"
    )
    raise BadInput(problem, "append every value of a key once, a failed one's too")
