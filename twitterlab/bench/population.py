"""Populations: who follows whom, generated from a seed or read from a file.

The generator is the preferential-attachment process of Price (1976) for directed graphs: a new tie points
at a person with probability proportional to the followers they have plus `ATTRACTION`. In-degrees end
in a power law with exponent `2 + ATTRACTION / mean_follows` and more, as measured for Twitter's
followers by Kwak et al. ("What is Twitter, a social network or a news media?", WWW 2010: exponent 2.276).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import log
from pathlib import Path

from twitterlab.errors import BadInput
from twitterlab.world.chance import SeededChance

MEAN_FOLLOWS = 20
"""People that one person follows, on average: keeps a thousand users near the density of a small campus."""
ATTRACTION = 5.0
"""Followers that everybody is worth from the start: the lower, the heavier the tail."""
MAX_USERS = 10_000_000


@dataclass(frozen=True, slots=True)
class Graph:
    """Users `0..users-1` and their ties `(follower, followee)`: no loops, no tie twice, sorted.

    `names` are the ids that a file gave its users, in the order of their indexes."""

    users: int
    follows: tuple[tuple[int, int], ...]
    names: tuple[int, ...] = ()

    def followers(self) -> list[list[int]]:
        """Of every user, those who follow them."""
        rows: list[list[int]] = [[] for _ in range(self.users)]
        for follower, followee in self.follows:
            rows[followee].append(follower)
        return rows


def generate(users: int, seed: int, mean_follows: int = MEAN_FOLLOWS) -> Graph:
    """A heavy-tailed graph of `users` people. BadInput for a number of users we cannot make."""
    if not 0 < users <= MAX_USERS:
        raise BadInput(f"cannot make a population of {users}", f"Give a number from 1 to {MAX_USERS:,}.")
    random = SeededChance(seed, "population").random
    follows: set[tuple[int, int]] = set()
    targets: list[int] = []  # one entry a tie: drawing from it is drawing by in-degree
    share = ATTRACTION / (ATTRACTION + mean_follows)
    for follower in range(users):
        # Geometric around the mean: most follow few, some follow many.
        wanted = min(users - 1, 1 + int(mean_follows * -log(1.0 - random())))
        tries = 0
        while wanted > 0 and tries < 20 * mean_follows + users:
            tries += 1
            followee = (
                int(random() * users) if not targets or random() < share else targets[int(random() * len(targets))]
            )
            if followee == follower or (follower, followee) in follows:
                continue
            follows.add((follower, followee))
            targets.append(followee)
            wanted -= 1
    return Graph(users, tuple(sorted(follows)))


_PAIR = re.compile(rb"\s*(\d{1,18})(?:\s*,\s*|\s+)(\d{1,18})\s*")


def read_graph(path: Path, directed: bool = False) -> Graph:
    """The graph of an edge list: two non-negative integers a line, by space, tab or comma; `#` and `%` comment.

    A line `a b` is a tie and both follow; with `directed` a follows b. A Matrix Market file tells by its
    header (`%%MatrixMarket … general` is directed) and has a line of sizes first. Loops and repeated ties
    are dropped. BadInput names the first line that is anything else.
    """
    ties: set[tuple[int, int]] = set()
    names: set[int] = set()
    for number, a, b in _pairs(path):
        if number == 0:
            directed = directed or bool(a)
            continue
        names.update((a, b))
        if a != b:
            ties.add((a, b))
    if not ties:
        raise BadInput(f"{path}: no ties in this file", "Give an edge list: two integers a line.")
    order = sorted(names)
    index = {name: i for i, name in enumerate(order)}
    follows = {(index[a], index[b]) for a, b in ties}
    if not directed:
        follows |= {(b, a) for a, b in follows}
    return Graph(len(order), tuple(sorted(follows)), tuple(order))


def _pairs(path: Path) -> Iterator[tuple[int, int, int]]:
    """(line number, a, b) of every tie; first (0, is directed, 0) for a Matrix Market file."""
    try:
        lines = path.open("rb")
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}", "Give the path of an edge list.") from None
    with lines:
        sizes_due = False
        number = 0
        try:
            for number, line in enumerate(lines, 1):
                if number == 1 and line.lower().startswith(b"%%matrixmarket"):
                    yield 0, int(b"general" in line.lower()), 0
                    sizes_due = True
                    continue
                if not line.strip() or line.lstrip()[:1] in b"#%":
                    continue
                if sizes_due:
                    sizes_due = False
                    if re.fullmatch(rb"\s*\d+\s+\d+\s+\d+\s*", line):
                        continue
                match = _PAIR.fullmatch(line)
                if match is None:
                    shown = line[:20].rstrip().decode("utf-8", "replace")
                    raise BadInput(
                        f"{path}, line {number}: {shown!r} is not two non-negative integers",
                        "An edge list has lines such as `12 34`; comments start with # or %.",
                    )
                yield number, int(match[1]), int(match[2])
        except OSError as error:
            raise BadInput(f"{path}: {error.strerror or error}", "Give the path of an edge list.") from None
