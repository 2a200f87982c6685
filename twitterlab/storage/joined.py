"""Servers that somebody else runs: joined by their addresses, never started, never stopped.

| variable | address | what is there |
| --- | --- | --- |
| `TWITTERLAB_POSTGRES_URL` | `postgresql://user:password@host:port/database` | every row, and the outbox |
| `TWITTERLAB_VALKEY_URL` | `redis://:password@host:port`, or `redis+cluster://…` for a node of a cluster | the event log, the cache, home timelines |

An acknowledgement means a commit in PostgreSQL, on disk; what Valkey loses is worked out again from there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from twitterlab.errors import BadInput
from twitterlab.storage.engines import need_psycopg
from twitterlab.storage.failovers import Failovers
from twitterlab.storage.stores import Stores
from twitterlab.storage.timelines.on_redis import timelines_on

POSTGRES, VALKEY = "TWITTERLAB_POSTGRES_URL", "TWITTERLAB_VALKEY_URL"
CLUSTER, SINGLE = "redis+cluster", ("redis", "rediss")
NODE_PORT = 6379


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the servers are."""

    postgres: str
    valkey: str


def addresses(environment: Mapping[str, str]) -> Addresses:
    """What the environment says. BadInput that names what is missing or not understood, without a password."""
    missing = [name for name in (POSTGRES, VALKEY) if not environment.get(name)]
    if missing:
        raise BadInput(f"{' and '.join(missing)} not set", "Set them to the addresses of the servers to join.")
    found = Addresses(environment[POSTGRES], environment[VALKEY])
    for name, url, schemes in (
        (POSTGRES, found.postgres, ("postgresql", "postgres")),
        (VALKEY, found.valkey, (*SINGLE, CLUSTER)),
    ):
        if urlsplit(url).scheme not in schemes or not urlsplit(url).hostname:
            raise BadInput(f"{name} is no address of such a server", f"It starts with {'://, '.join(schemes)}://.")
    return found


@asynccontextmanager
async def join(at: Addresses, folder: Path | None) -> AsyncIterator[tuple[Stores, Any]]:
    """The stores, and the client of the event log; both closed at the end. BadInput where PostgreSQL does not answer."""
    need_psycopg()
    from twitterlab.storage.postgres_stores import open_postgres

    stores, valkey = open_postgres(at.postgres, folder), _client(at.valkey)
    stores.copies, stores.timelines = valkey, timelines_on(valkey)
    is_cluster = urlsplit(at.valkey).scheme == CLUSTER
    stores.engine = f"{stores.engine}+{'a cluster' if is_cluster else 'a server'} that was joined"
    try:
        if is_cluster:
            stores.failovers = Failovers(valkey.primaries, valkey.relearn)
            await stores.failovers.learn()
        yield stores, valkey
    finally:
        await stores.close()
        await valkey.aclose()


def _client(url: str) -> Any:
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    parts = urlsplit(url)
    if parts.scheme in SINGLE:
        return Redis.from_url(url, retry=Retry(NoBackoff(), 1))
    from twitterlab.storage.valkey_cluster import ValkeyCluster

    return ValkeyCluster(str(parts.hostname), parts.port or NODE_PORT, unquote(parts.password or ""))
