"""Home timelines on a Valkey Cluster: those of one bucket share a slot, so that one script reaches many at once.

A key is `timeline:{7}:1031`. What is in braces, its hash tag, decides its slot; without it fan-out to 500 followers
would be 500 scripts. Source: Valkey documentation, "Valkey cluster specification", "Hash tags".
"""

from __future__ import annotations

from collections.abc import Sequence

from redis.exceptions import NoScriptError

from twitterlab.storage.timelines.redis import PUSH, RedisTimelines

BUCKETS = 256
"""The number of slots in use: slots move between nodes one by one, so it bounds how evenly load can be spread."""


class ClusterTimelines(RedisTimelines):
    """`Timelines` on a `ValkeyCluster`."""

    def _key(self, user_id: int) -> str:
        return f"{self._prefix}{{{user_id % BUCKETS}}}:{user_id}"

    async def _push(self, keys: Sequence[str], member: bytes) -> None:
        """One script a bucket, all in one batch. It may be repeated: a node that was promoted has no scripts yet."""
        try:
            await self._scripts(keys, member)
        except NoScriptError:
            await self._redis.script_load(PUSH)
            await self._scripts(keys, member)

    async def _scripts(self, keys: Sequence[str], member: bytes) -> None:
        buckets: dict[str, list[str]] = {}
        for key in keys:
            buckets.setdefault(key[: key.index("}")], []).append(key)
        pipe = self._redis.pipeline(transaction=False)
        for mine in buckets.values():
            pipe.evalsha(self._script.sha, len(mine), *mine, member, -(self.capacity + 2))
        await pipe.execute()
