"""Benchmark of the hash ring: owners of keys beside uhashring's, how even both are, and what moves on joins and leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean
from typing import Any

from twitterlab.course import syllabus
from twitterlab.course.benchmarks.contest import Contest, Skip
from twitterlab.course.parts import load_part
from twitterlab.course.workbook import Workbook
from twitterlab.parts.ring import VIRTUAL_NODES, Member
from twitterlab.world.chance import SeededChance

MEMBERS, KEYS = 50, 2_000
RINGS, JOINS_A_RING = 20, 10
"""Two hundred joins: from one member to eleven, on rings whose members have other names."""
ELSEWHERE = """
import json, sys
from pathlib import Path
from twitterlab.course import syllabus
from twitterlab.course.benchmarks import ring
from twitterlab.course.workbook import Workbook
print(json.dumps(ring.owners_here(Workbook(Path(sys.argv[1]), sys.argv[2] == "True"))))
"""


@dataclass(frozen=True, slots=True)
class Way:
    """One kind of ring: the owner of a key, and members that come and go."""

    owner: Callable[[int], str]
    join: Callable[[str], object]
    leave: Callable[[str], object]


@contextmanager
def prepare(book: Workbook, is_short: bool) -> Iterator[Contest]:
    """Both have `MEMBERS` members with `VIRTUAL_NODES` points each. Skip without uhashring."""
    if find_spec("uhashring") is None:
        raise Skip("no uhashring, the yardstick. Get it: `pip install uhashring`")
    from uhashring import HashRing

    part = _part(book)
    ours, theirs = part([Member(name) for name in _names(MEMBERS)]), HashRing(_names(MEMBERS), vnodes=VIRTUAL_NODES)
    keys = _keys(KEYS)
    texts = [str(key) for key in keys]  # what it takes: to make them is not charged to it

    def by_them() -> None:
        for text in texts:
            theirs.get_node(text)

    counts = {
        **_movement("", lambda names: _mine(part, names), is_short),
        **_movement("uhashring's ", lambda names: _its(HashRing, names), is_short),
        "owners that differ in another process": _differing(book),
    }
    yield Contest(lambda: [ours.owners(key) for key in keys], by_them, KEYS, KEYS, counts)


def owners_here(book: Workbook) -> list[list[str]]:
    """The first three owners of some keys, as this process sees them."""
    ring = _part(book)([Member(f"m{number}", "xyz"[number % 3], 1 + number % 2) for number in range(9)])
    return [list(ring.owners(key, 3)) for key in _keys(KEYS)]


def _part(book: Workbook) -> Any:
    entry = next(one for one in syllabus.entries(book) if one.slot.name == "ring")
    return load_part(entry.solution(book), entry.slot)


def _mine(part: Any, names: Sequence[str]) -> Way:
    ring = part([Member(name) for name in names])
    return Way(lambda key: str(ring.owners(key)[0]), lambda name: ring.add(Member(name)), ring.remove)


def _its(kind: Any, names: Sequence[str]) -> Way:
    ring = kind(list(names), vnodes=VIRTUAL_NODES)
    return Way(lambda key: str(ring.get_node(str(key))), ring.add_node, ring.remove_node)


def _movement(whose: str, make: Callable[[Sequence[str]], Way], is_short: bool) -> Mapping[str, float]:
    """Of 100 points a member: the busiest against the mean; of joins, and each followed by a leave, what moved."""
    keys = _keys(10_000 if is_short else 50_000)
    held = Counter(map(make(_names(MEMBERS)).owner, keys))
    shares: list[float] = []
    astray = 0
    for number in range(RINGS):
        found, strayed = _joins(make([f"r{number}"]), number, keys[: 1_000 if is_short else 4_000])
        shares += found
        astray += strayed
    return {
        f"{whose}max/mean": max(held.values()) * MEMBERS / len(keys),
        f"{whose}keys moved between old members": astray,
        f"{whose}% that the mean join is off": 100 * abs(fmean(shares) - 1),
    }


def _joins(ring: Way, number: int, keys: Sequence[int]) -> tuple[list[float], int]:
    """What each joiner took, as a multiple of the ideal; and keys that moved although they had no reason to."""
    shares, astray = [], 0
    before = [ring.owner(key) for key in keys]
    for members in range(2, JOINS_A_RING + 2):
        joiner = f"r{number}-{members}"
        ring.join(joiner)
        after = [ring.owner(key) for key in keys]
        astray += sum(now not in (old, joiner) for old, now in zip(before, after, strict=True))
        shares.append(after.count(joiner) / len(keys) * members)
        ring.leave(joiner)
        astray += sum(ring.owner(key) != old for old, key in zip(before, keys, strict=True))
        ring.join(joiner)
        before = after
    return shares, astray


def _differing(book: Workbook) -> int:
    """Keys whose owners a process with another hash seed sees otherwise."""
    path = os.pathsep.join(part for part in (str(Path(__file__).parents[3]), *sys.path) if part)
    env = {**os.environ, "PYTHONHASHSEED": "20261121", "PYTHONPATH": path}
    command = [sys.executable, "-c", ELSEWHERE, str(book.root), str(book.is_own)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=env, timeout=120).stdout
    return sum(here != there for here, there in zip(owners_here(book), json.loads(said), strict=True))


def _names(count: int) -> list[str]:
    return [f"m{number}" for number in range(count)]


def _keys(count: int) -> list[int]:
    chance = SeededChance(1, "ring")
    return [chance.below(1 << 32) << 31 | chance.below(1 << 31) for _ in range(count)]  # a float has 53 bits
