"""Stores that several processes of one system share: rows in a database server, copies and the event log in two Valkeys.

One process starts the servers; every process, that one's children, connects to them by address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twitterlab.errors import BadInput
from twitterlab.storage.engines import ALSO_CALLED, need_psycopg
from twitterlab.storage.stores import Stores

ENGINES = ("postgres", "mysql")
"""Engines whose rows more than one process may use. A SQLite folder belongs to one."""
CONNECTIONS = "200"


@dataclass(frozen=True, slots=True)
class Shared:
    """Where everything is. `log` and `copies` are what a Redis client needs to connect. `scratch` goes with the
    servers, also when who started them is killed."""

    engine: str
    url: str
    log: Mapping[str, Any]
    copies: Mapping[str, Any]
    label: str
    folder: Path
    scratch: Path


@contextmanager
def open_shared(name: str, folder: Path | None) -> Iterator[Shared]:
    """The servers of an engine, stopped at the end; without `folder` what they hold goes with them. BadInput for an
    engine that is not one of `ENGINES`, and for a server that is not there."""
    from twitterlab.servers import valkey

    engine = ALSO_CALLED.get(name, name)
    if engine not in ENGINES:
        raise BadInput(f"the rows of --engine {name} belong to one process", f"Choose --engine {' or '.join(ENGINES)}.")
    with ExitStack() as opened:
        url = opened.enter_context(_rows(engine, _place(folder, engine)))
        log = opened.enter_context(valkey.open(_place(folder, "valkey"), valkey.DURABLE))
        copies = opened.enter_context(valkey.open(None, valkey.CACHE))
        scratch = copies.folder / "s"
        scratch.mkdir(0o700)
        yield Shared(engine, url, log.address(), copies.address(), log.label(), folder or scratch, scratch)


def _place(folder: Path | None, name: str) -> Path | None:
    """Where a server keeps its data; None for a folder of its own that goes with it."""
    if folder is None:
        return None
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    return place


@contextmanager
def _rows(engine: str, home: Path | None) -> Iterator[str]:
    if engine == "postgres":
        from twitterlab.servers import postgres

        need_psycopg()
        with postgres.open(home, {**postgres.SETTINGS, "max_connections": CONNECTIONS}) as server:
            yield server.address()
    else:
        from twitterlab.servers import mysql

        with mysql.open(home, {**mysql.SETTINGS, "max-connections": CONNECTIONS}) as mariadb:
            yield mariadb.address()


def connect(shared: Shared) -> tuple[Stores, Any]:
    """The stores, and the client of the event log, for one process. Close both."""
    from twitterlab.storage.timelines.on_redis import timelines_on

    stores, log = _connected(shared), _client(shared.log)
    stores.copies = _client(shared.copies)
    stores.timelines = timelines_on(stores.copies)
    stores.engine = f"{stores.engine}+{shared.label}"
    return stores, log


def _connected(shared: Shared) -> Stores:
    if shared.engine == "postgres":
        from twitterlab.storage.postgres_stores import open_postgres

        return open_postgres(shared.url, shared.folder)
    from twitterlab.storage.mysql_stores import open_mysql

    return open_mysql(shared.url, shared.folder)


def _client(address: Mapping[str, Any]) -> Any:
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    return Redis(**address, retry=Retry(NoBackoff(), 1))
