"""A primary of a Valkey Cluster is killed under the same load: its replica takes over.

Replication is asynchronous: what the primary acknowledged last may be gone with it. Source: Valkey documentation,
"Valkey cluster specification", "Write safety".
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from redis.exceptions import RedisError

from twitterlab.model.figure import Figure
from twitterlab.servers import private_cluster
from twitterlab.servers.private_cluster import SELDOM_S, PrivateCluster
from twitterlab.servers.valkey import HANDED_OVER, Valkey
from twitterlab.servers.waiting import until
from twitterlab.stage.regional.live.valkey.figures import figure
from twitterlab.stage.regional.live.valkey.move import Move, Size, Timeline
from twitterlab.stage.regional.live.valkey.slots import under_load

SLOT = 0


@dataclass(frozen=True, slots=True)
class Kill:
    """What people noticed. The timeline begins with `kill -9`, and ends when another node has the dead one's slots."""

    move: Move

    @property
    def not_done(self) -> list[float]:
        """When operations were due that were not done, in seconds since the kill."""
        began_s = self.move.timeline.began_s
        return [one.at_s - began_s for one in self.move.samples if one.outcome != "ok"]

    def told(self) -> str:
        """In a sentence."""
        return (
            f"When a primary of three was killed, a replica had taken over {self.move.timeline.took_ms / 1000:.1f} s later; "
            f"{len(self.not_done):,} of {len(self.move.samples):,} operations were not done, and {self.move.keyspace.lost} "
            "acknowledged tweets are gone."
        )

    def figures(self) -> tuple[Figure, ...]:
        """None of them has a target: replication is asynchronous, and says so."""

        took_s = self.move.timeline.took_ms / 1000
        pages = [one for one in self.move.samples if one.f == "page" and self.move.timeline.is_during(one.at_s)]
        return (
            figure("killed_failover_ms", "ms", self.move, 1000 * took_s, "from kill -9 until another node has the slots"),
            figure("killed_window_ms", "ms", self.move, 1000 * max(self.not_done, default=0.0), "from kill -9 until the last operation came that was not done"),
            figure("killed_pages_refused", "%", self.move, 100 * sum(one.outcome != "ok" for one in pages) / max(1, len(pages)), f"of {len(pages)} pages before the takeover; nearly every one needs all three primaries"),
            figure("killed_writes_not_done", "writes", self.move, sum(one.outcome != "ok" and one.f != "page" for one in self.move.samples), "nobody was told that they were done"),
            figure("killed_tweets_lost", "tweets", self.move, self.move.keyspace.lost, "acknowledged by the dead primary, and unknown to its replica"),
            figure("killed_invisible", "pages", self.move, self.move.broken("invisible"), "pages that miss such a tweet"),
        )  # fmt: skip


def kill_primary(size: Size, seed: int, progress: Callable[[float], None]) -> Kill:
    """On three primaries with a replica each. BadInput where Valkey is missing; StartFailed where nobody takes over."""
    with private_cluster.open(settings=HANDED_OVER) as cluster:
        progress(0.1)
        return Kill(asyncio.run(under_load(cluster, size, seed, partial(_killed, cluster), progress)))


async def _killed(
    cluster: PrivateCluster, timeline: Timeline, now_s: Callable[[], float], facts: dict[str, float]
) -> None:
    victim = cluster.owner(SLOT)
    timeline.began_s = now_s()
    timeline.marks.append((timeline.began_s, "kill -9"))
    await asyncio.to_thread(victim.kill)
    await asyncio.to_thread(until, partial(_is_replaced, cluster, victim), "a replica to take over", SELDOM_S)
    timeline.ended_s = now_s()
    timeline.marks.append((timeline.ended_s, "taken over"))


def _is_replaced(cluster: PrivateCluster, victim: Valkey) -> bool:
    """Whether every primary that lives says that another one has the slots."""
    try:
        return all(cluster.owner(SLOT, node) is not victim for node in cluster.nodes if node is not victim)
    except (LookupError, RedisError):
        return False
