"""All nodes of a simulation, by name, region and zone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from twitterlab.errors import BadInput
from twitterlab.world.ground import Ground
from twitterlab.world.node import Node, Program
from twitterlab.world.places import Place


class Nodes:
    """The machines, in the order they were added."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._nodes: dict[str, Node] = {}

    def add(
        self,
        name: str,
        program: Program | None = None,
        *,
        region: str = "frankfurt",
        zone: str = "a",
        rack: str = "1",
        **hardware: Any,
    ) -> Node:
        """A new machine, started. `hardware`: cores, concurrency, backlog, disk (see `Node`)."""
        node = Node(self._ground, name, program, Place(region, zone, rack), **hardware)
        self._nodes[name] = node
        node.start()
        return node

    def __getitem__(self, name: str) -> Node:
        found = self._nodes.get(name)
        if found is None:
            raise BadInput(f"no node is called {name!r}", f"There are: {', '.join(self._nodes) or 'none'}")
        return found

    def __iter__(self) -> Iterator[Node]:
        return iter(self._nodes.values())

    def __len__(self) -> int:
        return len(self._nodes)

    def find(self, targets: tuple[str, ...]) -> tuple[Node, ...]:
        """The nodes that `targets` name: `NAME`, `region:NAME` or `zone:REGION/NAME`. BadInput for none."""
        found: dict[str, Node] = {}
        for target in targets:
            matching = [node for node in self if _matches(node, target)]
            if not matching:
                raise BadInput(f"no node is {target!r}", f"There are: {', '.join(self._nodes) or 'none'}")
            found.update((node.name, node) for node in matching)
        return tuple(found.values())


def _matches(node: Node, target: str) -> bool:
    kind, _, value = target.partition(":")
    if kind == "region" and value:
        return node.place.region == value
    if kind == "zone" and value:
        return f"{node.place.region}/{node.place.zone}" == value
    return node.name == target
