"""The way of Valkey Cluster from four servers to five: a node joins, and every primary gives it a fifth of its slots.

Slots move by atomic slot migration, a range at a time: the old owner streams what it has and what is written
meanwhile, and hands the range over at once. Source: Valkey documentation, "Atomic slot migration".
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from itertools import pairwise
from typing import Any

from redis.exceptions import RedisError

from twitterlab.errors import Refused, Uncertain
from twitterlab.servers import private_cluster
from twitterlab.servers.private_cluster import PrivateCluster
from twitterlab.servers.valkey import HANDED_OVER, Valkey
from twitterlab.stage.regional.live.valkey.keyspace import contents, judge_keyspace
from twitterlab.stage.regional.live.valkey.move import Move, Size, Timeline, through
from twitterlab.stage.regional.live.valkey.people import People
from twitterlab.stage.regional.live.valkey.shard import member
from twitterlab.stage.scenarios.reshard_pages import told_of
from twitterlab.storage.cluster_pipelines import slot_of
from twitterlab.storage.redis_servers import cluster_client
from twitterlab.world.chance import SeededChance
from twitterlab.world.live import LiveClock

PRIMARIES, PIECES = 4, 5
"""So many ranges of slots each primary gives away, one after the other."""
STEP_MS = 60.0
Change = Callable[[Timeline, Callable[[], float], dict[str, float]], Awaitable[None]]
"""What is done to a cluster under load: it marks its moments, by the second of the run, and keeps its facts."""


def tweets_key(author: int) -> str:
    """Where an author's tweets are: the author decides the slot."""
    return f"tweets:{{{author}}}"


class ClusterTweets:
    """Tweets on a Valkey Cluster, through its client. One server has a tweet at any moment: no tombstones are needed."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.rows_read = 0

    async def ask(self, f: str, value: Sequence[Any]) -> Any:
        """As `People` ask. Refused for a page that cannot be had, Uncertain for a write without an answer."""
        try:
            if f == "page":
                return [await self._page(*value), []]
            author, tweet_id = value
            change = self._client.zadd(tweets_key(author), {member(tweet_id): 0}) if f == "post" else (
                self._client.zrem(tweets_key(author), member(tweet_id))
            )  # fmt: skip
            await change
        except (RedisError, OSError) as error:
            raise (Refused if f == "page" else Uncertain)(f"the cluster did not answer: {error}") from error
        return True

    async def _page(self, limit: int, authors: Sequence[int]) -> list[int]:
        """The newest of each author, and of those the newest: a script may not touch keys of two slots."""
        pipe = self._client.pipeline(transaction=False)
        for author in authors:
            pipe.zrevrangebylex(tweets_key(author), "+", "-", 0, limit)
        found = [int(one) for ids in await pipe.execute() for one in ids]
        self.rows_read += len(found)
        return sorted(found, reverse=True)[:limit]


def move_by_slots(size: Size, seed: int, progress: Callable[[float], None]) -> Move:
    """Start a cluster, fill it, and let a node join. BadInput where Valkey is missing; StartFailed."""
    with private_cluster.open(settings=HANDED_OVER, primaries=PRIMARIES, has_replicas=False) as cluster:
        progress(0.1)
        return asyncio.run(under_load(cluster, size, seed, partial(_grow, cluster), progress))


async def rebalance(cluster: PrivateCluster, joined: Valkey, pieces: int = PIECES, pause_ms: float = STEP_MS) -> int:
    """Every primary gives `joined` its share, from its last slots, in `pieces`. How many slots that were."""
    clock = LiveClock()
    given = 0
    givers = [one for one in cluster.primaries() if one is not joined]
    for giver in givers:
        (first, last), *_ = cluster.ranges(giver)
        share = (last + 1 - first) // (len(givers) + 1)
        bounds = [last + 1 - share + share * piece // pieces for piece in range(pieces + 1)]
        for begin, end in pairwise(bounds):
            await asyncio.to_thread(cluster.give, begin, end - 1, joined)
            given += end - begin
            await clock.sleep_ms(pause_ms)
    return given


async def under_load(
    cluster: PrivateCluster, size: Size, seed: int, change: Change, progress: Callable[[float], None]
) -> Move:
    """Fill the cluster, let people come, do `change`, and count every key of every primary."""
    async with AsyncExitStack() as opened:
        engine, client = cluster.label(), cluster_client(cluster)
        opened.push_async_callback(client.aclose)
        tweets, timeline = ClusterTweets(client), Timeline()
        people = People(tweets.ask, size.tweets(), SeededChance(seed, "people"), size.rate_per_s)
        await fill(client, people.old_tweets)
        before, facts = owners(cluster, people.old_tweets), dict[str, float]()
        async with asyncio.timeout(size.before_s + size.within_s + size.after_s):
            await through(people, timeline, size, lambda: change(timeline, people.now_s, facts), progress)
        after = owners(cluster, people.old_tweets)
        found = {name: await contents(node) async for name, node in nodes(cluster)}
    keyspace = judge_keyspace(found, after.__getitem__, told_of(people.rows, people.old_tweets))
    moved = sum(before[author] != owner for author, owner in after.items())
    return Move(
        engine, people.rows, people.samples, people.old_tweets, timeline, keyspace, moved, tweets.rows_read, facts
    )  # fmt: skip


async def _grow(
    cluster: PrivateCluster, timeline: Timeline, now_s: Callable[[], float], facts: dict[str, float]
) -> None:
    """A node joins and is given its share."""
    timeline.marks.append((now_s(), "a node joins"))
    joined = await asyncio.to_thread(cluster.join)
    begun_s = now_s()
    timeline.marks.append((begun_s, "slots move"))
    facts["slots"] = await rebalance(cluster, joined)
    timeline.ended_s = now_s()
    facts["moving_ms"] = 1000 * (timeline.ended_s - begun_s)
    timeline.marks.append((timeline.ended_s, "done"))


async def nodes(cluster: PrivateCluster) -> AsyncIterator[tuple[str, Any]]:
    """Every primary, by name, with a client of it alone."""
    for node in cluster.primaries():
        async with node.client() as client:
            yield f"node-{cluster.nodes.index(node) + 1}", client


def owners(cluster: PrivateCluster, authors: Iterable[int]) -> dict[int, str]:
    """The node that has the slot of each author."""
    by_slot = {
        slot: f"node-{number}"
        for number, node in enumerate(cluster.nodes, 1)
        for first, last in cluster.ranges(node)
        for slot in range(first, last + 1)
    }
    return {author: by_slot[slot_of(tweets_key(author))] for author in authors}


async def fill(client: Any, tweets: Mapping[int, Sequence[int]]) -> None:
    """Everybody's tweets, through the cluster's client."""
    pipe = client.pipeline(transaction=False)
    for author, ids in tweets.items():
        pipe.zadd(tweets_key(author), {member(tweet): 0 for tweet in ids})
    await pipe.execute()
