"""A scenario for tests: 12 nodes in 3 regions, a minute of traffic, and everything that can go wrong.

Every shard has a node in each region. A write goes to the nearest node, which stores it on its disk and
tells the two others; a client asks all of them in the end.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from twitterlab.errors import Failure
from twitterlab.world.node import Node
from twitterlab.world.plan import random_plan
from twitterlab.world.samplers import Lognormal
from twitterlab.world.sim import SimWorld
from twitterlab.world.trace import Trace

REGIONS = ("washington", "frankfurt", "tokyo")
SHARDS = 3
SERVICE = Lognormal(0.5, 0.6)
SECONDS = 60


class Shard:
    """Keeps the newest value by version; recovers from its disk."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.versions: dict[str, int] = {}
        shard = node.name.split("-")[1]
        self.peers = [f"{region}-{shard}" for region in REGIONS if f"{region}-{shard}" != node.name]
        node.serve("put", self.put)
        node.serve("copy", self.copy)
        node.serve("get", lambda key: self.versions.get(key, 0))
        node.spawn(self.recover())

    async def recover(self) -> None:
        for key in self.node.disk.names():
            self.versions[key] = max(self.versions.get(key, 0), int(await self.node.disk.read(key) or b"0"))

    async def put(self, write: dict[str, Any]) -> int:
        await self.node.cpu(SERVICE)
        await self.copy(write)
        for peer in self.peers:
            self.node.send(peer, "copy", write)
        return len(self.peers)

    async def copy(self, write: dict[str, Any]) -> None:
        key, version = write["key"], write["version"]
        if version > self.versions.get(key, 0):
            self.versions[key] = version
            await self.node.disk.replace(key, str(version).encode())
            await self.node.disk.fsync(key)


async def customer(node: Node) -> None:
    """Writes to the shard next door, twenty times a second; what fails is written down."""
    chance, region = node.chance(), node.place.region
    for number in range(1, SECONDS * 20):
        await node.clock.sleep_ms(50)
        key = f"k{chance.below(20)}"
        shard = f"{region}-{sum(key.encode()) % SHARDS}"
        node.spawn(_write(node, shard, {"key": key, "version": number}))


async def _write(node: Node, shard: str, write: dict[str, Any]) -> None:
    try:
        await node.call(shard, "put", write, timeout_ms=400)
    except Failure as failure:
        node.log(f"{write['key']}: {failure}")


def scenario(seed: int, trace: Trace | None) -> SimWorld:
    """Run the minute."""
    world = SimWorld(seed, trace, bandwidth_mbit_s=100)
    shards = [
        world.nodes.add(f"{region}-{shard}", Shard, region=region, zone="ab"[shard % 2], cores=2).name
        for region in REGIONS
        for shard in range(SHARDS)
    ]
    for region in REGIONS:
        world.nodes.add(f"{region}-client", customer, region=region, zone="c")
    world.faults.follow(random_plan(seed, shards, SECONDS * 1_000, faults=12))

    async def main() -> None:
        for _ in range(SECONDS):
            await asyncio.sleep(1)
            for node in world.nodes:
                node.gauge("running", node.process.service.running if node.process else -1)

    world.run(main())
    return world


if __name__ == "__main__":
    recorded = Trace(int(sys.argv[1]))
    scenario(int(sys.argv[1]), recorded)
    print(recorded.sha256, recorded.written)
