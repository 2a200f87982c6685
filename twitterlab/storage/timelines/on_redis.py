"""Which home timelines suit a client of the Redis protocol."""

from __future__ import annotations

from typing import Any

from twitterlab.storage.timelines.port import Timelines


def timelines_on(redis: Any) -> Timelines:
    """On one server, or on a cluster."""
    from redis.asyncio.cluster import RedisCluster

    from twitterlab.storage.timelines.cluster import ClusterTimelines
    from twitterlab.storage.timelines.redis import RedisTimelines

    return ClusterTimelines(redis) if isinstance(redis, RedisCluster) else RedisTimelines(redis)
