"""Dependencies: which transaction must come before which, and why.

ww   both appended to a key, the second right behind the first
wr   the second read the key as the first had left it
rw   the first read the key without what the second appended next, or what the second appended and nobody read
so   the first was answered before the second was called: by the same process, or by the clock
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from twitterlab.bench.history import Operation
from twitterlab.bench.transactions.lists import Key

Kind = Literal["ww", "wr", "rw", "so"]


MOST_READERS = 20
"""Readers of a whole list that are set before those whose values nobody read: the last of them."""


class Edge(NamedTuple):
    """`before` comes before `after`, by `value` of `key` where it is no question of time."""

    before: int
    after: int
    kind: Kind
    key: Any = None
    value: Any = None


def of_lists(keys: Mapping[Hashable, Key], transactions: Sequence[Operation]) -> Iterator[Edge]:
    """The dependencies of what was appended and read. What failed is nobody's cause."""
    failed = {number for number, one in enumerate(transactions) if one.outcome == "fail"}
    effective = {number for number, one in enumerate(transactions) if one.outcome == "ok"}
    effective.update(writer for key in keys.values() for writer in key.order if writer not in failed)
    for name, key in keys.items():
        if len(set(key.longest)) == len(key.longest):
            yield from _of_list(name, key, [-1 if writer in failed else writer for writer in key.order])
            yield from _of_unread(name, key, effective)


def _of_list(name: Any, key: Key, order: Sequence[int]) -> Iterator[Edge]:
    following = _following(order)
    for place, writer in enumerate(order):
        after = following[place + 1]
        if writer >= 0 and after < len(order) and order[after] != writer:
            yield Edge(writer, order[after], "ww", name, key.longest[after])
    for reader, values in key.views:
        length = len(values)
        if key.longest[:length] != values:
            continue
        if length and order[length - 1] not in (reader, -1):
            yield Edge(order[length - 1], reader, "wr", name, values[-1])
        after = following[length]
        if after < len(order) and order[after] != reader:
            yield Edge(reader, order[after], "rw", name, key.longest[after])


def _of_unread(name: Any, key: Key, effective: Collection[int]) -> Iterator[Edge]:
    """What was appended and never read comes after all that was, and after those who read all of it."""
    there = set(key.longest)
    unread = {writer: value for value, writer in key.writer_of.items() if value not in there and writer in effective}
    readers = (
        [view.reader for view in key.views if len(view.values) == len(key.longest)][-MOST_READERS:] if unread else []
    )
    for writer, value in unread.items():
        if key.order and key.order[-1] in effective and key.order[-1] != writer:
            yield Edge(key.order[-1], writer, "ww", name, value)
        for reader in readers:
            if reader != writer:
                yield Edge(reader, writer, "rw", name, value)


def _following(order: Sequence[int]) -> list[int]:
    """For each place the next, from it on, where somebody wrote; the length where nobody did."""
    following = [len(order)] * (len(order) + 1)
    for place in range(len(order) - 1, -1, -1):
        following[place] = place if order[place] >= 0 else following[place + 1]
    return following


def of_processes(transactions: Sequence[Operation]) -> Iterator[Edge]:
    """Each process's own order."""
    last: dict[int | str, int] = {}
    for number, one in enumerate(transactions):
        if one.outcome == "fail":
            continue
        if one.process in last:
            yield Edge(last[one.process], number, "so")
        if one.outcome == "ok":
            last[one.process] = number


def of_time(transactions: Sequence[Operation]) -> Iterator[Edge]:
    """Who was answered before whom was called, without what follows from the rest: at most one edge for each
    transaction that was under way."""
    ends = sorted((one.returned, number) for number, one in enumerate(transactions) if one.outcome == "ok")
    newest: dict[int, int] = {}  # the answered transactions before whose end no other of them was called
    done = 0
    for number, one in enumerate(transactions):
        if one.outcome == "fail":
            continue
        while done < len(ends) and ends[done][0] < one.invoked:
            _, ended = ends[done]
            called = transactions[ended].invoked
            newest = {other: end for other, end in newest.items() if end > called}
            newest[ended] = ends[done][0]
            done += 1
        for before in newest:
            yield Edge(before, number, "so")
