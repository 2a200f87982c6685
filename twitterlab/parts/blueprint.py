"""The Blueprint: one field a slot, each a way to make the part, each defaulting to the null part.

A week is a pure function that replaces some fields; `Platform(blueprint, world)` runs the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twitterlab.parts.balancer import Backend, Balancer, BalancerPolicy, FirstBackend
from twitterlab.parts.cache import Cache, NoCache
from twitterlab.parts.edge_cache import EdgeCache, NoEdge
from twitterlab.parts.given import Chance, Clock
from twitterlab.parts.meter import Meter, NoMeter
from twitterlab.parts.queue import NoQueue, Queue, QueuePolicy
from twitterlab.parts.replica import OneRegion, Replica
from twitterlab.parts.ring import Member, OneShard, Ring
from twitterlab.parts.schema import NoSchema, Schema
from twitterlab.parts.shards import OneByOne, Shards
from twitterlab.parts.snowflake import CountingIds, IdSource

Parts = Mapping[str, Callable[..., Any]]
"""What a week is handed: slot name to the class that fills it."""


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What a platform is made of. A field is called with the collaborators named in its contract."""

    snowflake: Callable[[int], IdSource] = CountingIds
    schema: Callable[[], Schema] = NoSchema
    cache: Callable[[Any, Clock, Chance], Cache] = NoCache
    queue: Callable[[Any, Clock, Chance, QueuePolicy, str], Queue] = NoQueue
    meter: Callable[[], Meter] = NoMeter
    ring: Callable[[Sequence[Member]], Ring] = OneShard
    shards: Callable[[], Shards] = OneByOne
    balancer: Callable[[Sequence[Backend], BalancerPolicy], Balancer] = FirstBackend
    replica: Callable[[str], Replica] = OneRegion
    edge_cache: Callable[[int], EdgeCache] = NoEdge
