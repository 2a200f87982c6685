"""What speaks the Redis protocol in a run: the event log, the copies, and the servers behind them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twitterlab.storage.failovers import Failovers

if TYPE_CHECKING:
    from twitterlab.servers.private_cluster import PrivateCluster
    from twitterlab.servers.private_sentinel import PrivateSentinel
    from twitterlab.servers.replicated import Replicated

ANSWERS_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class RedisServers:
    """Clients of the event log and, where it is another or may be away in part, of the copies. `label` is what the
    servers say of themselves."""

    log: Any
    copies: Any
    label: str
    failovers: Failovers | None = None
    replicated: Replicated | None = None

    async def close(self) -> None:
        """Close the clients."""
        for client in {id(client): client for client in (self.log, self.copies) if client is not None}.values():
            await client.aclose()


@contextmanager
def open_servers(name: str, folder: Path | None) -> Iterator[RedisServers]:
    """fakeredis, or servers started for this run, which keep what they write to disk below `folder`."""
    home = folder / name if folder is not None and name != "fakeredis" else None
    if home is not None:
        home.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        if name == "fakeredis":
            from twitterlab.world.fake_redis import fake_redis

            yield RedisServers(fake_redis(), None, name)
        elif name == "valkey-cluster":
            yield _cluster(opened, home)
        elif name == "sentinel":
            yield _sentinel(opened, home)
        else:
            yield _two(opened, home, name)


def _two(opened: ExitStack, home: Path | None, name: str) -> RedisServers:
    """One server a purpose."""
    from twitterlab.servers import valkey

    program = valkey.VALKEY if name == "valkey" else valkey.REDIS
    log = opened.enter_context(valkey.open(home, valkey.DURABLE, program))
    copies = opened.enter_context(valkey.open(None, valkey.CACHE, program))
    return RedisServers(log.client(), copies.client(), log.label())


def _cluster(opened: ExitStack, home: Path | None) -> RedisServers:
    """One cluster for both. Its client is that of the copies too: a ping of it reaches every primary."""
    from twitterlab.servers import private_cluster

    cluster = opened.enter_context(private_cluster.open(home))
    client = cluster_client(cluster)
    failovers = Failovers(client.primaries, client.relearn)
    return RedisServers(client, client, cluster.label(), failovers, cluster)


def _sentinel(opened: ExitStack, home: Path | None) -> RedisServers:
    """One primary for both, whoever that is by the word of the Sentinels: each new connection asks them."""
    from twitterlab.servers import private_sentinel

    servers = opened.enter_context(private_sentinel.open(home))
    client = sentinel_client(servers)

    async def primaries() -> list[Any]:
        return [client]

    async def relearn() -> None:
        await client.connection_pool.disconnect()

    return RedisServers(client, client, servers.label(), Failovers(primaries, relearn), servers)


def cluster_client(cluster: PrivateCluster) -> Any:
    """A client of all its nodes."""
    from twitterlab.storage.valkey_cluster import ValkeyCluster

    return ValkeyCluster("127.0.0.1", cluster.port, cluster.password)


def sentinel_client(servers: PrivateSentinel) -> Any:
    """A client of whoever is primary."""
    from redis.asyncio.retry import Retry
    from redis.asyncio.sentinel import Sentinel
    from redis.backoff import NoBackoff

    from twitterlab.servers.sentinel import HOST, NAME

    places = [(HOST, sentinel.port) for sentinel in servers.sentinels]
    secret = {"password": servers.password, "socket_timeout": ANSWERS_WITHIN_S}
    watching = Sentinel(places, sentinel_kwargs=secret, **secret)  # type: ignore[no-untyped-call] # theirs
    return watching.master_for(NAME, retry=Retry(NoBackoff(), 1))
