"""The engines a run can be asked for: where its rows live, and what speaks the Redis protocol beside them.

| engine | rows (tweets, users, follows, …, outbox) | cache, event log | home timelines |
| --- | --- | --- | --- |
| `memory` | dictionaries | fakeredis, in this process | sorted lists |
| `sqlite` (default) | SQLite | fakeredis, in this process | sorted lists |
| `fakeredis` | SQLite | fakeredis, in this process | there too: a rehearsal of `valkey` without a server |
| `valkey` | SQLite | a private Valkey server | there too |
| `redis` | SQLite | a private Redis server | there too |
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twitterlab.errors import BadInput
from twitterlab.parts.schema import Schema
from twitterlab.storage.stores import Stores, open_stores


@dataclass(frozen=True, slots=True)
class Engine:
    """`rows`: an engine of `open_stores`. `server`: fakeredis, valkey or redis. `has_timelines`: whether home
    timelines live there too."""

    rows: str
    server: str
    has_timelines: bool = True


ENGINES = {
    "memory": Engine("memory", "fakeredis", has_timelines=False),
    "sqlite": Engine("sqlite", "fakeredis", has_timelines=False),
    "fakeredis": Engine("sqlite", "fakeredis"),
    "valkey": Engine("sqlite", "valkey"),
    "redis": Engine("sqlite", "redis"),
}
DEFAULT = "sqlite"


def engine(name: str) -> Engine:
    """An engine by its name. BadInput with the names there are."""
    if name not in ENGINES:
        raise BadInput(f"no engine {name!r}", f"Choose one of: {', '.join(ENGINES)}.")
    return ENGINES[name]


@asynccontextmanager
async def open_engine(name: str, folder: Path | None, schema: Schema) -> AsyncIterator[tuple[Stores, Any]]:
    """The stores, and the `redis.asyncio` client of the client parts; both closed at the end, and the server
    stopped. `stores.engine` names what really ran: `sqlite+valkey 9.1.2`. BadInput for a name it does not know
    or a server that is not there."""
    chosen = engine(name)
    with _server(chosen.server, folder) as (redis, label):
        # Inside one process lists are as good as a fake server, and a home timeline costs no command.
        stores = open_stores(chosen.rows, folder, schema, redis if chosen.has_timelines else None)
        stores.engine = f"{chosen.rows}+{label}"
        try:
            yield stores, redis
        finally:
            await stores.close()
            await redis.aclose()


@contextmanager
def _server(name: str, folder: Path | None) -> Iterator[tuple[Any, str]]:
    """A client and the label of what answers it."""
    if name == "fakeredis":
        from twitterlab.world.fake_redis import fake_redis

        yield fake_redis(), name
        return
    from twitterlab.servers import valkey

    program = valkey.VALKEY if name == "valkey" else valkey.REDIS
    home = folder / name if folder is not None else None
    if home is not None:
        home.mkdir(parents=True, exist_ok=True)
    with valkey.open(home, program=program) as server:
        yield server.client(), server.label()
