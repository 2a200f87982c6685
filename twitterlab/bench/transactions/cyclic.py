"""Anomalies that are cycles: transactions each of which must come before the next, and the last before the first.

Adya (1999) names them by how many anti-dependencies (rw) they need: none and only ww, G0, a dirty write; none, G1c,
circular information; one, G-single, a torn snapshot; more, none next to another, G-nonadjacent; else G2, write skew.
A cycle that also needs the order of a process or of time says so. For each knot of transactions one shortest cycle of
the gravest kind is told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from twitterlab.bench.consistency.answer import Breach
from twitterlab.bench.consistency.cycles import some_cycle
from twitterlab.bench.consistency.happens_before import topological
from twitterlab.bench.consistency.telling import named
from twitterlab.bench.history import Operation
from twitterlab.bench.json_values import shown
from twitterlab.bench.transactions.components import knots
from twitterlab.bench.transactions.dependencies import Edge
from twitterlab.bench.transactions.direct import where

TRIES = 100
"""Edges through which a shorter cycle is looked for once there is one."""


class OutOfTime(Exception):
    """A knot was found, and not how grave it is."""


class _State(NamedTuple):
    """A transaction, and whether it was come to by an anti-dependency."""

    node: int
    by_rw: bool


def breaches(transactions: Sequence[Operation], edges: Sequence[Edge], is_late: Callable[[], bool]) -> Iterator[Breach]:
    """One for each knot. OutOfTime at the end, when `is_late` and some might have told a graver one."""
    before: list[list[int]] = [[] for _ in transactions]
    for edge in edges:
        before[edge.after].append(edge.before)
    ordered = topological(before)
    if len(ordered) == len(transactions):
        return
    left = set(range(len(transactions))) - set(ordered)
    is_cut_short = False
    for of_knot in _knotted([edge for edge in edges if edge.before in left and edge.after in left]):
        try:
            cycle = _gravest(of_knot, is_late)
        except OutOfTime:
            cycle, is_cut_short = _any(of_knot), True
        yield _told(cycle, transactions)
    if is_cut_short:
        raise OutOfTime


def _knotted(edges: Sequence[Edge]) -> list[list[Edge]]:
    """The edges of each knot that they make."""
    following: dict[int, list[int]] = {}
    for edge in edges:
        following.setdefault(edge.before, []).append(edge.after)
    found = knots(following, following)
    knot_of = {node: number for number, knot in enumerate(found) for node in knot}
    parts: list[list[Edge]] = [[] for _ in found]
    for edge in edges:
        if knot_of.get(edge.before, -1) == knot_of.get(edge.after, -2):
            parts[knot_of[edge.before]].append(edge)
    return parts


def _gravest(edges: Sequence[Edge], is_late: Callable[[], bool]) -> list[Edge]:
    """A short cycle of the first kind that there is. A read that comes after what it missed is the likeliest proof."""
    writes = [edge for edge in edges if edge.kind in ("ww", "so")]
    plain = [edge for edge in edges if edge.kind != "rw"]
    anti = sorted(
        (edge for edge in edges if edge.kind == "rw"),
        key=lambda edge: (edge.before < edge.after, abs(edge.before - edge.after)),
    )
    return (
        _shortest(_on_cycles(writes, "ww"), writes, False, is_late)
        or _shortest(_on_cycles(plain, "wr"), plain, False, is_late)
        or _shortest(anti, plain, False, is_late)
        or _shortest(anti, edges, False, is_late)
        or _shortest(anti, edges, True, is_late)
    )


def _any(edges: Sequence[Edge]) -> list[Edge]:
    """Some cycle of a knot."""
    edge_of = {(edge.before, edge.after): edge for edge in edges}
    following: dict[int, list[int]] = {}
    for before, after in edge_of:
        following.setdefault(before, []).append(after)
    nodes = some_cycle(following.keys(), following.__getitem__)
    return [edge_of[node, nodes[(place + 1) % len(nodes)]] for place, node in enumerate(nodes)]


def _on_cycles(edges: Sequence[Edge], kind: str) -> list[Edge]:
    """Of this kind, those that lie on a cycle of the edges."""
    return [edge for part in _knotted(edges) for edge in part if edge.kind == kind]


def _shortest(
    through: Sequence[Edge], edges: Sequence[Edge], may_be_adjacent: bool, is_late: Callable[[], bool]
) -> list[Edge]:
    """The shortest cycle of one of `through` and then `edges`, of the first that were tried; empty if there is none."""
    following: dict[int, list[Edge]] = {}
    for edge in edges:
        following.setdefault(edge.before, []).append(edge)
    best: list[Edge] = []
    tries = 0
    for edge in through:
        if is_late() and not best:
            raise OutOfTime
        best = _path(edge, following, may_be_adjacent, len(best)) or best
        tries += bool(best)
        if len(best) == 2 or tries == TRIES or (best and is_late()):
            break
    return best


def _path(first: Edge, following: Mapping[int, Sequence[Edge]], may_be_adjacent: bool, shorter_than: int) -> list[Edge]:
    """An edge and the shortest way from its end to its start, with no two anti-dependencies in a row unless they may
    be; empty where there is none, or none so short that the cycle is `shorter_than` (0: of any length)."""
    start = _State(first.after, first.kind == "rw" and not may_be_adjacent)
    came_by: dict[_State, tuple[_State, Edge]] = {}
    waiting = deque([(start, 1)])
    while waiting:
        state, length = waiting.popleft()
        if length + 1 == shorter_than:
            break
        for edge in following.get(state.node, ()):
            by_rw = edge.kind == "rw" and not may_be_adjacent
            after = _State(edge.after, by_rw)
            if (state.by_rw and by_rw) or after in came_by or after == start:
                continue
            came_by[after] = (state, edge)
            if edge.after == first.before and not (by_rw and first.kind == "rw"):
                return [first, *_way(start, after, came_by)]
            waiting.append((after, length + 1))
    return []


def _way(start: _State, end: _State, came_by: Mapping[_State, tuple[_State, Edge]]) -> list[Edge]:
    path = []
    while end != start:
        end, edge = came_by[end]
        path.append(edge)
    return path[::-1]


def name_of(cycle: Sequence[Edge]) -> str:
    """What a cycle is called: G0, G1c, G-single, G-nonadjacent or G2, and -ordered where it needs an order of time."""
    kinds = [edge.kind for edge in cycle]
    anti = kinds.count("rw")
    is_adjacent = any(kind == "rw" == kinds[place - 1] for place, kind in enumerate(kinds))
    plain = "G1c" if "wr" in kinds else "G0"
    name = plain if not anti else "G-single" if anti == 1 else "G2" if is_adjacent else "G-nonadjacent"
    return f"{name}-ordered" if "so" in kinds else name


def _told(cycle: Sequence[Edge], transactions: Sequence[Operation]) -> Breach:
    told = "; ".join(_why(edge, transactions) for edge in cycle)
    numbers = sorted(edge.before for edge in cycle)
    return Breach(name_of(cycle), told, tuple(transactions[number] for number in numbers))


def _why(edge: Edge, transactions: Sequence[Operation]) -> str:
    before, after = where(transactions[edge.before]), where(transactions[edge.after])
    value, key = shown(edge.value), named(edge.key)
    return {
        "ww": f"{before} appended to {key}, and {after} appended {value} behind it",
        "wr": f"{before} appended {value} to {key}, and {after} read up to it",
        "rw": f"{before} read {key} without {value}, which {after} appended",
        "so": f"{before} was answered before {after} began",
    }[edge.kind]
