"""Strongly connected components: where the cycles of a graph are. Tarjan (1972), without recursion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


def knots(nodes: Iterable[int], following: Mapping[int, Sequence[int]]) -> list[list[int]]:
    """The components of more than one node."""
    number: dict[int, int] = {}
    lowest: dict[int, int] = {}
    open_nodes: list[int] = []
    is_open: set[int] = set()
    found: list[list[int]] = []
    for root in nodes:
        if root in number:
            continue
        work = [(root, iter(following.get(root, ())))]
        number[root] = lowest[root] = len(number)
        open_nodes.append(root)
        is_open.add(root)
        while work:
            node, rest = work[-1]
            for after in rest:
                if after not in number:
                    number[after] = lowest[after] = len(number)
                    open_nodes.append(after)
                    is_open.add(after)
                    work.append((after, iter(following.get(after, ()))))
                    break
                if after in is_open:
                    lowest[node] = min(lowest[node], number[after])
            else:
                work.pop()
                if work:
                    lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[node])
                if lowest[node] == number[node]:
                    component = [open_nodes.pop()]
                    while component[-1] != node:
                        component.append(open_nodes.pop())
                    is_open.difference_update(component)
                    if len(component) > 1:
                        found.append(component)
    return found
