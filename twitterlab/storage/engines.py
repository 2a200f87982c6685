"""The engines a run can be asked for: where its rows live, and what speaks the Redis protocol beside them.

| engine | rows (tweets, users, follows, …, outbox) | cache, event log | home timelines |
| --- | --- | --- | --- |
| `memory` | dictionaries | fakeredis, in this process | sorted lists |
| `sqlite` (default) | SQLite | fakeredis, in this process | sorted lists |
| `arrays` | numpy arrays and a journal on disk; no Schema part is in use | fakeredis, in this process | arrays |
| `fakeredis` | SQLite | fakeredis, in this process | there too: a rehearsal of `valkey` without a server |
| `valkey` | SQLite | two private Valkey servers | with the cache |
| `redis` | SQLite | two private Redis servers | with the cache |
| `valkey-cluster` | SQLite | a private Valkey Cluster: three primaries, a replica each | there too |
| `sentinel` | SQLite | a private Valkey primary, its replica, three Sentinels | there too |
| `postgres` | PostgreSQL, a private server; its tables are its own, no Schema part is in use | two private Valkey servers | with the cache |
| `postgres-replica` | PostgreSQL, a private primary and its synchronous standby, which answers questions | as `postgres` | with the cache |
| `mysql` | MariaDB, a private server; its tables are its own, no Schema part is in use | two private Valkey servers | with the cache |

`embedded` is another name for the default, `real` for `postgres`.

One server writes every command to disk before it answers: the event log. The other writes nothing: cache and
home timelines are copies, worked out again from the rows after a restart, and no read waits for a disk.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

from twitterlab.errors import BadInput
from twitterlab.parts.schema import Schema
from twitterlab.storage.redis_servers import open_servers
from twitterlab.storage.stores import Stores, open_stores
from twitterlab.storage.timelines.on_redis import timelines_on


@dataclass(frozen=True, slots=True)
class Engine:
    """`rows`: an engine of `open_stores`, or postgresql. `server`: fakeredis, valkey, redis, valkey-cluster or sentinel. `has_timelines`: whether
    home timelines live there too; `fails_over`: whether a replica takes a primary's place."""

    rows: str
    server: str
    has_timelines: bool = True
    fails_over: bool = False


ENGINES = {
    "memory": Engine("memory", "fakeredis", has_timelines=False),
    "sqlite": Engine("sqlite", "fakeredis", has_timelines=False),
    "arrays": Engine("arrays", "fakeredis", has_timelines=False),
    "fakeredis": Engine("sqlite", "fakeredis"),
    "valkey": Engine("sqlite", "valkey"),
    "redis": Engine("sqlite", "redis"),
    "valkey-cluster": Engine("sqlite", "valkey-cluster", fails_over=True),
    "sentinel": Engine("sqlite", "sentinel", fails_over=True),
    "postgres": Engine("postgresql", "valkey"),
    "postgres-replica": Engine("postgresql-replica", "valkey", fails_over=True),
    "mysql": Engine("mariadb", "valkey"),
}
DEFAULT = "sqlite"
REAL = "postgres"
"""What `--real` is short for: nothing of it runs inside this process."""
ALSO_CALLED: Mapping[str, str] = MappingProxyType({"embedded": DEFAULT, "real": REAL})
"""Names for what an engine is to a run: `embedded` needs no server."""


def engine(name: str) -> Engine:
    """An engine by its name. BadInput with the names there are."""
    known = ALSO_CALLED.get(name, name)
    if known not in ENGINES:
        raise BadInput(f"no engine {name!r}", f"Choose one of: {', '.join((*ENGINES, *ALSO_CALLED))}.")
    return ENGINES[known]


@asynccontextmanager
async def open_engine(name: str, folder: Path | None, schema: Schema) -> AsyncIterator[tuple[Stores, Any]]:
    """The stores, and the `redis.asyncio` client of the event log; both closed at the end, and the servers
    stopped. `stores.copies` is the client of the cache where that is another. `stores.engine` names what really
    ran: `sqlite+valkey 9.1.2`. BadInput for a name it does not know or a server that is not there."""
    chosen = engine(name)
    with ExitStack() as opened:
        servers = opened.enter_context(open_servers(chosen.server, folder))
        stores = opened.enter_context(_rows(chosen.rows, folder, schema))
        if chosen.has_timelines:
            stores.timelines = timelines_on(servers.copies or servers.log)
        stores.engine, stores.copies = f"{stores.engine}+{servers.label}", servers.copies
        stores.failovers, stores.replicated = servers.failovers, servers.replicated or stores.replicated
        try:
            if servers.failovers is not None:
                await servers.failovers.learn()
            yield stores, servers.log
        finally:
            await stores.close()
            await servers.close()


@contextmanager
def _rows(name: str, folder: Path | None, schema: Schema) -> Iterator[Stores]:
    """The stores; whoever opened them closes them."""
    if name == "mariadb":
        with _mariadb(folder) as stores:
            yield stores
        return
    if name == "arrays" and folder is not None:
        from twitterlab.storage.durable_arrays import DurableArrays

        yield DurableArrays(folder).stores
        return
    if name not in ("postgresql", "postgresql-replica"):
        yield open_stores(name, folder, schema)
        return
    from twitterlab.servers import postgres, postgres_pair

    need_psycopg()
    from twitterlab.storage.postgres_stores import open_postgres

    home = folder / ("postgres" if name == "postgresql" else name) if folder is not None else None
    if home is not None:
        home.mkdir(parents=True, exist_ok=True)
    if name == "postgresql":
        with postgres.open(home) as server:
            yield open_postgres(server.address(), folder)
        return
    with postgres_pair.open(home) as pair:
        stores = open_postgres(pair.address(), folder, pair.address(postgres_pair.READS))
        stores.engine, stores.replicated = stores.engine.replace("postgresql", name), pair
        yield stores


@contextmanager
def _mariadb(folder: Path | None) -> Iterator[Stores]:
    """The stores over a server of their own. BadInput where the server or its driver is not installed."""
    from twitterlab.servers import mysql

    if find_spec("pymysql") is None:
        raise BadInput("no pymysql, the driver of MySQL and MariaDB", "Get it: `pip install pymysql`.")
    from twitterlab.storage.mysql_stores import open_mysql

    home = folder / "mysql" if folder is not None else None
    if home is not None:
        home.mkdir(parents=True, exist_ok=True)
    with mysql.open(home) as server:
        yield open_mysql(server.address(), folder)


def need_psycopg() -> None:
    """BadInput with the command that gets it, where the driver is not installed."""
    if find_spec("psycopg") is None:
        raise BadInput("no psycopg, the driver of PostgreSQL", "Get it: `pip install 'psycopg[binary]'`.")
