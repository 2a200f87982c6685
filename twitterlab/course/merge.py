"""Merging: two texts that grew from one, line by line (diff3: Khanna, Kunal, Pierce, "A Formal Investigation of
Diff3", FSTTCS 2007). Where both changed the same place differently there is no answer, and none is made up."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher


def merge(base: str, mine: str, theirs: str) -> str | None:
    """`mine` with what changed from `base` to `theirs`; None where the two changes meet."""
    lines = [text.splitlines(keepends=True) for text in (base, mine, theirs)]
    merged: list[str] = []
    for old, my, their in _chunks(*lines):
        if my == their or their == old:
            merged += my
        elif my == old:
            merged += their
        else:
            return None
    return "".join(merged)


Chunk = tuple[list[str], list[str], list[str]]


def _chunks(base: list[str], mine: list[str], theirs: list[str]) -> Iterator[Chunk]:
    """The three texts cut at the lines that all three share: shared and changed chunks in turn."""
    at = my_at = their_at = 0
    for start, my_start, their_start, length in _shared(base, mine, theirs):
        yield base[at:start], mine[my_at:my_start], theirs[their_at:their_start]
        at, my_at, their_at = start + length, my_start + length, their_start + length
        yield (base[start:at],) * 3
    yield base[at:], mine[my_at:], theirs[their_at:]


def _shared(base: list[str], mine: list[str], theirs: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Runs of lines that are in all three, in order: where they begin in each, and how long they are."""
    ours = SequenceMatcher(None, base, mine, autojunk=False).get_matching_blocks()
    others = SequenceMatcher(None, base, theirs, autojunk=False).get_matching_blocks()
    first = second = 0
    while first < len(ours) and second < len(others):
        my, their = ours[first], others[second]
        start, end = max(my.a, their.a), min(my.a + my.size, their.a + their.size)
        if start < end:
            yield start, my.b + start - my.a, their.b + start - their.a, end - start
        if my.a + my.size < their.a + their.size:
            first += 1
        else:
            second += 1
