"""What speaks the Redis protocol in a run: the event log, the copies, and the servers behind them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twitterlab.storage.failovers import Failovers

if TYPE_CHECKING:
    from twitterlab.servers.replicated import Replicated


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
    from twitterlab.storage.valkey_cluster import ValkeyCluster

    cluster = opened.enter_context(private_cluster.open(home))
    client = ValkeyCluster("127.0.0.1", cluster.port, cluster.password)
    failovers = Failovers(client.primaries, client.relearn)
    return RedisServers(client, client, cluster.label(), failovers, cluster)
