"""Whether all copies agree, asked by an onlooker who sees them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from twitterlab.parts.replica import Replica
from twitterlab.platform.regional.shard import Shard


def replicas_by_group(shards: Iterable[Shard]) -> dict[str, list[Replica]]:
    """Of each group of keys, all its copies."""
    found: dict[str, list[Replica]] = {}
    for shard in shards:
        for group, keeper in shard.keepers.items():
            found.setdefault(group, []).append(keeper.replica)
    return found


def differing(groups: Mapping[str, Iterable[Replica]], keys: Iterable[tuple[str, str]]) -> list[str]:
    """Those of `keys`, given with the group they belong to, of which some copies say something else."""
    return [key for group, key in keys if len({_value(replica, key) for replica in groups[group]}) > 1]


def _value(replica: Replica, key: str) -> object:
    kind = key.partition("/")[0]
    if kind in ("tweet", "profile"):
        return replica.register(key)
    return replica.counter(key) if kind in ("likes", "retweets") else replica.members(key)
