"""Cycles: a short way round in a directed graph."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence

TRIES = 200
"""Nodes of a cycle from which a shorter one is looked for."""


def shortest_path(start: int, goal: int, following: Callable[[int], Iterable[int]]) -> list[int]:
    """Nodes from `start` to `goal`, both included; empty where there is no way. Breadth first."""
    came_from = {start: start}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        for after in following(node):
            if after == goal:
                path = [goal, node]
                while node != start:
                    node = came_from[node]
                    path.append(node)
                return path[::-1]
            if after not in came_from:
                came_from[after] = node
                waiting.append(after)
    return []


def some_cycle(left: Collection[int], following: Callable[[int], Iterable[int]]) -> list[int]:
    """A cycle among nodes each of which has one of them following it, as short as those through its own nodes."""
    members = left if isinstance(left, set | frozenset) else set(left)
    node, place = next(iter(left)), dict[int, int]()
    while node not in place:
        place[node] = len(place)
        node = next(after for after in following(node) if after in members)
    return shortest_cycle(list(place)[place[node] :], following)


def shortest_cycle(nodes: Sequence[int], following: Callable[[int], Iterable[int]]) -> list[int]:
    """The shortest cycle through one of the first nodes, its start not repeated; empty if there is none."""
    best: list[int] = []
    for node in nodes[:TRIES]:
        path = shortest_path(node, node, following)[:-1]
        if path and (not best or len(path) < len(best)):
            best = path
            if len(best) == 2:
                break
    return best
