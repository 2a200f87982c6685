"""Benchmark of ids: the snowflake part, and the standard library's random ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from twitterlab.course.benchmarks.contest import Contest
from twitterlab.course.parts import assemble
from twitterlab.course.workbook import Workbook
from twitterlab.parts.snowflake import EPOCH_MS

IDS, PER_MS = 20_000, 1_000


@contextmanager
def prepare(book: Workbook, is_short: bool) -> Iterator[Contest]:
    source = assemble(book, 1, False).parts["snowflake"](1)
    made: list[int] = []
    now_ms = [EPOCH_MS + (1 << 40)]

    def ours() -> None:
        next_id = source.next_id
        for _ in range(IDS // PER_MS):
            now_ms[0] += 1
            made.extend([next_id(now_ms[0]) for _ in range(PER_MS)])

    ours()
    counts = {"ids twice": len(made) - len(set(made)), "bits of an id": max(made).bit_length()}
    yield Contest(ours, lambda: [uuid4() for _ in range(IDS)], IDS, IDS, counts)
