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
from functools import partial
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
_MATRIX = re.compile(rb"%%matrixmarket\s+matrix\s+coordinate\s+(pattern|integer|real)\s+(general|symmetric)\s*", re.I)
_SIZES = re.compile(rb"\s*(\d{1,18})\s+(\d{1,18})\s+(\d{1,18})\s*")
_WEIGHTED = re.compile(rb"\s*(\d{1,18})\s+(\d{1,18})\s+[-+.\deE]+\s*")
LONGEST_LINE = 10_000
"""Bytes of a line that are looked at: what is longer is no edge list, and may have no end."""

Lines = Iterator[tuple[int, bytes]]


def read_graph(path: Path, directed: bool = False) -> Graph:
    """The graph of an edge list: two non-negative integers a line, by space, tab or comma; `#` and `%` comment.

    A line `a b` is a tie and both follow; with `directed` a follows b. A Matrix Market file of coordinates tells by
    its header (`%%MatrixMarket … general` is directed), has a line of sizes first, and may weigh its ties. Loops and
    repeated ties are dropped. BadInput names the first line that is anything else.
    """
    try:
        with path.open("rb") as file:
            lines = enumerate(iter(partial(file.readline, LONGEST_LINE), b""), 1)
            if file.peek(2).startswith(b"%%") and file.peek(14)[:14].lower() == b"%%matrixmarket":
                is_general, pairs = _matrix(path, lines)
                directed = directed or is_general
            else:
                pairs = (_matched(path, number, line, _PAIR)[:2] for number, line in _told(lines))
            ties = set(pairs)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}", "Give the path of an edge list.") from None
    return _graph(path, ties, directed)


def _graph(path: Path, ties: set[tuple[int, ...]], directed: bool) -> Graph:
    """The people of `ties`, in the order of their numbers, and who follows whom."""
    order = sorted({name for tie in ties for name in tie})
    index = {name: i for i, name in enumerate(order)}
    follows = {(index[a], index[b]) for a, b in ties if a != b}
    if not follows:
        raise BadInput(f"{path}: no ties in this file", "Give an edge list: two integers a line.")
    if not directed:
        follows |= {(b, a) for a, b in follows}
    return Graph(len(order), tuple(sorted(follows)), tuple(order))


def _matrix(path: Path, lines: Lines) -> tuple[bool, Iterator[tuple[int, ...]]]:
    """Whether the header says that a line holds for one direction, and the ties below it."""
    number, line = next(lines)
    header = _MATRIX.fullmatch(line)
    if header is None:
        raise BadInput(
            f"{path}, line {number}: {_shown(line)} is no matrix of coordinates",
            "Its header reads `%%MatrixMarket matrix coordinate pattern symmetric`, or general.",
        )
    entry = _PAIR if header[1].lower() == b"pattern" else _WEIGHTED
    return header[2].lower() == b"general", _entries(path, _told(lines), entry)


def _entries(path: Path, lines: Lines, entry: re.Pattern[bytes]) -> Iterator[tuple[int, ...]]:
    """As many ties as the line of sizes promises, each within the sizes."""
    number, line = next(lines, (1, b""))
    rows, columns, promised = _matched(path, number, line, _SIZES, "three sizes: rows, columns, entries")
    found = 0
    for number, line in lines:
        tie = _matched(path, number, line, entry)
        found += 1
        if not (0 < tie[0] <= rows and 0 < tie[1] <= columns) or found > promised:
            raise BadInput(
                f"{path}, line {number}: {_shown(line)} is outside {rows} rows, {columns} columns, {promised} entries",
                "Mend this line, or the line of sizes below the header.",
            )
        yield tie
    if found < promised:
        raise BadInput(f"{path}: {found} of {promised} entries are there", "Fetch the whole file again.")


def _told(lines: Lines) -> Lines:
    """The lines that say something."""
    return ((number, line) for number, line in lines if line.strip() and line.lstrip()[:1] not in b"#%")


def _matched(
    path: Path, number: int, line: bytes, pattern: re.Pattern[bytes], what: str = "two non-negative integers"
) -> tuple[int, ...]:
    """The integers of a line. BadInput with its number."""
    match = pattern.fullmatch(line)
    if match is None:
        raise BadInput(
            f"{path}, line {number}: {_shown(line)} is not {what}",
            "An edge list has lines such as `12 34`; comments start with # or %.",
        )
    return tuple(map(int, match.groups()))


def _shown(line: bytes) -> str:
    """The beginning of a line, in quotes."""
    text = line.strip().decode("utf-8", "replace")
    return repr(text if len(text) <= 40 else text[:40] + "…")
