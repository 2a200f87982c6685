"""Anomalies that one key shows: reads of what never was, of what was taken back, of half a transaction.

After Adya, "Weak consistency" (1999), and Kingsbury and Alvaro, "Elle" (2020).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

from twitterlab.bench.consistency.answer import Breach
from twitterlab.bench.consistency.telling import named
from twitterlab.bench.history import Operation
from twitterlab.bench.json_values import shown
from twitterlab.bench.transactions.lists import Key, Quarrel, View


class Direct:
    """The anomalies of one key at a time, as breaches. Numbers are those of `transactions`."""

    def __init__(self, transactions: Sequence[Operation], keys: Mapping[Hashable, Key]) -> None:
        self._transactions, self._keys = transactions, keys

    def breaches(self, quarrels: Sequence[Quarrel]) -> Iterator[Breach]:
        """All of them, each with the transactions that show it."""
        for reader, name, values, due in quarrels:
            told = (
                f"{self._where(reader)} read {named(name)} as {shown(values)}; by what it had done itself, {shown(due)}"
            )
            yield self._breach("internal", f"{told} was due at the end", reader)
        for name, key in self._keys.items():
            yield from self._incompatible(name, key)
            yield from self._in_lists(name, key)
            yield from self._intermediate(name, key)
            yield from self._lost_updates(name, key)

    def _incompatible(self, name: Any, key: Key) -> Iterator[Breach]:
        """Two reads neither of which is the beginning of the other; a value twice in one."""
        whole = next((view for view in key.views if len(view.values) == len(key.longest)), None)
        for view in key.views:
            if key.longest[: len(view.values)] != view.values:
                told = f"{self._where(view.reader)} read {named(name)} as {shown(view.values)}, and another {shown(key.longest)}"
                yield self._breach("incompatible-order", told, view.reader, *([whole.reader] if whole else []))
        if len(set(key.longest)) < len(key.longest):
            reader = self._reader(key, key.longest[-1])
            twice = next(value for value in key.longest if key.longest.count(value) > 1)
            told = f"{self._where(reader)} read {named(name)} as {shown(key.longest)}, with {shown(twice)} twice"
            yield self._breach("duplicate-elements", told, reader)

    def _in_lists(self, name: Any, key: Key) -> Iterator[Breach]:
        """What was read and never appended, or by a transaction that failed; and what came on top of that."""
        aborted: int | None = None
        for value, writer in zip(key.longest, key.order, strict=True):
            if writer < 0:
                reader = self._reader(key, value)
                told = f"{self._where(reader)} read {named(name)} with {shown(value)}, which nobody appended"
                yield self._breach("garbage-read", told, reader)
            elif self._transactions[writer].outcome == "fail":
                reader = self._reader(key, value)
                told = f"{self._where(reader)} read {named(name)} with {shown(value)}, which {self._where(writer)} appended, and that one failed"
                yield self._breach("G1a", told, writer, reader)
                aborted = writer
            elif aborted is not None:
                told = f"{self._where(writer)} appended {shown(value)} to {named(name)} behind what {self._where(aborted)} had, and that one failed"
                yield self._breach("dirty-update", told, aborted, writer)
                aborted = None

    def _intermediate(self, name: Any, key: Key) -> Iterator[Breach]:
        """Reads that end between two appends of one other transaction."""
        for reader, values in key.views:
            if values and (writer := key.writer_of.get(values[-1], reader)) != reader:
                last = key.last_by[writer]
                if last != values[-1]:
                    told = (
                        f"{self._where(reader)} read {named(name)} up to {shown(values[-1])}, "
                        f"and {self._where(writer)} also appended {shown(last)}"
                    )
                    yield self._breach("G1b", told, writer, reader)

    def _lost_updates(self, name: Any, key: Key) -> Iterator[Breach]:
        """Transactions that appended to the same version, which they had read."""
        by_version: dict[int, list[View]] = {}
        for view in key.views:
            if view.reader in key.last_by and key.longest[: len(view.values)] == view.values:
                by_version.setdefault(len(view.values), []).append(view)
        for views in by_version.values():
            if len(views) > 1:
                readers = [view.reader for view in views]
                told = f"{' and '.join(map(self._where, readers))} all read {named(name)} as {shown(views[0].values)} and appended to it"
                yield self._breach("lost-update", told, *readers)

    def _reader(self, key: Key, value: Any) -> int:
        """The first transaction that read the value, in a list of another or its own."""
        return next((view.reader for view in key.views if value in view.values), key.views[0].reader)

    def _where(self, number: int) -> str:
        return where(self._transactions[number])

    def _breach(self, pattern: str, told: str, *numbers: int) -> Breach:
        return Breach(pattern, told, tuple(self._transactions[number] for number in numbers))


def where(transaction: Operation) -> str:
    """A transaction in a sentence: `the transaction of line 7`."""
    return f"the transaction of line {transaction.line}"
