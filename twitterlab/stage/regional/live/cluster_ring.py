"""Lab a on real servers: a fifth one joins four, once by the ring of the student, once by the slots of Valkey Cluster.

The keys are on the servers: loaded, moved by them, and counted by asking each which keys it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from twitterlab.bench.finding import Finding
from twitterlab.bench.plots import Line, Plot
from twitterlab.model.figure import Figure, Target
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.ring import Member
from twitterlab.servers import private_cluster
from twitterlab.servers.private_cluster import PrivateCluster
from twitterlab.servers.valkey import HANDED_OVER, Valkey
from twitterlab.stage.options import LabOptions
from twitterlab.stage.regional.labs.joins import KEYS
from twitterlab.stage.regional.live.valkey.plan import servers
from twitterlab.stage.regional.live.valkey.slots import PRIMARIES, nodes, rebalance
from twitterlab.storage.redis_servers import cluster_client
from twitterlab.world.chance import SeededChance
from twitterlab.world.live import stopwatch_ns

AT_ONCE, VALUE = 500, "x" * 100
NONE = Target("==", 0)
NAMES = tuple(f"s{number}" for number in range(PRIMARIES + 1))
MIGRATES_WITHIN_MS = 10_000
Holders = Mapping[str, frozenset[bytes]]
"""By server, the keys that it says it has."""


@dataclass(frozen=True, slots=True)
class Join:
    """Who had what before, and after one more had joined. `took_ms`: moving keys alone."""

    engine: str
    before: Holders
    after: Holders
    took_ms: float

    @property
    def moved(self) -> int:
        """Keys that another server has than before."""
        return sum(len(keys - self.before.get(name, frozenset())) for name, keys in self.after.items())

    @property
    def strayed(self) -> int:
        """Of those, the ones that came to a server which had been there."""
        return sum(len(self.after[name] - keys) for name, keys in self.before.items())

    @property
    def missing(self) -> int:
        """Keys that nobody has any more, and those that two have."""
        held = [key for keys in self.after.values() for key in keys]
        loaded = frozenset().union(*self.before.values())
        return len(loaded - set(held)) + len(held) - len(set(held))


def run(blueprint: Blueprint, options: LabOptions, progress: Callable[[float], None]) -> Finding:
    """Both ways, one after the other. BadInput where Valkey is missing."""
    chance = SeededChance(options.seed, "joins")
    keys = sorted({chance.below(1 << 63) for _ in range(KEYS)})
    ring = _by_ring(blueprint, keys)
    progress(0.5)
    slots = _by_slots(keys)
    shares = [100 * join.moved / KEYS for join in (ring, slots)]
    return Finding(
        f"A server joins {PRIMARIES} others: by the ring of the course, and by the {16_384:,} slots of Valkey Cluster. "
        "Which moves more keys than it must, and which leaves the servers less even?",
        ("the ring moves more, the slots are less even", "the slots move more", "both move about a fifth, the ring is less even"),
        2,
        f"Of {KEYS:,} keys the ring moved {shares[0]:.1f} % and the cluster {shares[1]:.1f} %; between old servers moved "
        f"{ring.strayed} and {slots.strayed}. The fullest server has {_uneven(ring.after):.2f} and {_uneven(slots.after):.2f} times the mean.",
        (*_figures("ring", ring), *_figures("slots", slots)),
        (_plot(ring, slots),),
    )  # fmt: skip


def _by_ring(blueprint: Blueprint, keys: list[int]) -> Join:
    ring = blueprint.ring([Member(name) for name in NAMES[:-1]])
    before = {key: ring.owners(key)[0] for key in keys}
    ring.add(Member(NAMES[-1]))
    after = {key: ring.owners(key)[0] for key in keys}
    with servers(NAMES) as running:
        return asyncio.run(_ring_joined(running, before, after))


async def _ring_joined(running: Mapping[str, Valkey], before: Mapping[int, str], after: Mapping[int, str]) -> Join:
    async with AsyncExitStack() as opened:
        clients = {name: await opened.enter_async_context(server.client()) for name, server in running.items()}
        for name, client in clients.items():
            await _load(client, (key for key, owner in before.items() if owner == name))
        was = {name: await _held(clients[name]) for name in NAMES[:-1]}
        moves: dict[tuple[str, str], list[int]] = {}
        for key, owner in before.items():
            if after[key] != owner:
                moves.setdefault((owner, after[key]), []).append(key)
        begun_ns = stopwatch_ns()
        for (old, new), moving in moves.items():
            for begin in range(0, len(moving), AT_ONCE):
                await _migrate(clients[old], running[new], moving[begin : begin + AT_ONCE])
        took_ms = (stopwatch_ns() - begun_ns) / 1e6
        return Join(running[NAMES[0]].label(), was, {name: await _held(clients[name]) for name in NAMES}, took_ms)


async def _migrate(client: Any, target: Valkey, keys: Iterable[int]) -> None:
    """The server itself hands them over, and forgets them when the other has them."""
    place = target.address()
    where = (place["host"], place["port"], "", 0, MIGRATES_WITHIN_MS, "AUTH", place["password"])
    await client.execute_command("MIGRATE", *where, "KEYS", *keys)


def _by_slots(keys: list[int]) -> Join:
    with private_cluster.open(settings=HANDED_OVER, primaries=PRIMARIES, has_replicas=False) as cluster:
        return asyncio.run(_cluster_joined(cluster, keys))


async def _cluster_joined(cluster: PrivateCluster, keys: list[int]) -> Join:
    async with AsyncExitStack() as opened:
        client = cluster_client(cluster)
        opened.push_async_callback(client.aclose)
        await _load(client, keys)
        was = {name: await _held(node) async for name, node in nodes(cluster)}
        joined = await asyncio.to_thread(cluster.join)
        begun_ns = stopwatch_ns()
        await rebalance(cluster, joined, pieces=1, pause_ms=0)
        took_ms = (stopwatch_ns() - begun_ns) / 1e6
        now = {name: await _held(node) async for name, node in nodes(cluster)}
        return Join(cluster.label(), was, now, took_ms)


async def _load(client: Any, keys: Iterable[int]) -> None:
    pipe = client.pipeline(transaction=False)
    for key in keys:
        pipe.set(str(key), VALUE)
    await pipe.execute()


async def _held(client: Any) -> frozenset[bytes]:
    """What one server says it has; its DBSIZE says so too."""
    found = frozenset([key async for key in client.scan_iter(count=AT_ONCE)])
    size = await client.dbsize()
    assert size == len(found), f"DBSIZE says {size}, SCAN found {len(found)}"
    return found


def _uneven(held: Holders) -> float:
    counts = [len(keys) for keys in held.values()]
    return max(counts) * len(counts) / sum(counts)


def _figures(way: str, join: Join) -> list[Figure]:
    def figure(name: str, unit: str, measured: float, note: str = "", target: Target | None = None) -> Figure:
        return Figure(f"{way}_live_{name}", unit, float(measured), "live", join.engine, target, note)

    return [
        figure("keys_moved", "%", 100 * join.moved / KEYS, f"of {KEYS:,} keys on {PRIMARIES} servers; ideal is 20 %"),
        figure("keys_moved_between_old", "keys", join.strayed, target=NONE),
        figure("keys_missing_or_twice", "keys", join.missing, "on all servers, after the move", NONE),
        figure("keys_max_over_mean_of_4", "", _uneven(join.before), "by DBSIZE"),
        figure("keys_max_over_mean_of_5", "", _uneven(join.after), "by DBSIZE"),
        figure("move_ms", "ms", join.took_ms, "of moving alone, while nobody else was there"),
    ]


def _plot(ring: Join, slots: Join) -> Plot:
    """How full the servers are, the fullest first."""
    lines = [
        Line(label, tuple(float(place) for place in range(1, len(held) + 1)), tuple(sorted((float(len(keys)) for keys in held.values()), reverse=True)))
        for label, held in (("ring, 4 servers", ring.before), ("slots, 4 servers", slots.before), ("ring, 5 servers", ring.after), ("slots, 5 servers", slots.after))
    ]  # fmt: skip
    return Plot(
        "Keys on each real server", "server, the fullest first", "keys", tuple(lines), note=f"Live, on {slots.engine}."
    )
