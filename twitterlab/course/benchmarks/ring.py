"""Benchmark of the hash ring: an owner of a key, and one hash with one bisection."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b

from twitterlab.course import syllabus
from twitterlab.course.benchmarks.contest import Contest, Skip
from twitterlab.course.parts import load_part
from twitterlab.course.workbook import Workbook

NODES, VIRTUAL, KEYS = 50, 100, 2_000


@contextmanager
def prepare(book: Workbook, is_short: bool) -> Iterator[Contest]:
    """Skip until there is a part for it."""
    entry = next((one for one in syllabus.entries(book) if one.slot.name == "ring"), None)
    if entry is None:
        raise Skip("the ring is a part of week 2, which is not there yet")
    ring = load_part(entry.solution(book), entry.slot)(VIRTUAL)
    for node in range(NODES):
        ring.add(f"node-{node}")
    keys = [f"user-{number}" for number in range(KEYS)]
    points = sorted(_place(f"node-{node}/{number}") for node in range(NODES) for number in range(VIRTUAL))

    def by_hand() -> None:
        for key in keys:
            bisect(points, _place(key))

    yield Contest(lambda: [ring.owners(key, 1) for key in keys], by_hand, KEYS, KEYS)


def _place(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest())
