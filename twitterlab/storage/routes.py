"""Which kind of data an engine keeps where: the routing table of a run."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from twitterlab.storage.engines import engine

ROWS = (
    "users", "tweets", "likes", "follows", "blocks and mutes", "notifications", "messages", "credentials",
    "search index", "outbox",
)  # fmt: skip
NAMES = {
    "memory": "dictionaries",
    "sqlite": "SQLite",
    "arrays": "arrays, and a journal on disk",
    "postgresql": "PostgreSQL",
    "mariadb": "MariaDB",
    "postgresql-replica": "PostgreSQL: written on the primary, read on the standby",
    "fakeredis": "fakeredis, in this process",
    "valkey": "Valkey",
    "redis": "Redis",
    "valkey-cluster": "Valkey Cluster",
    "sentinel": "Valkey under Sentinel",
}
IN_PROCESS: Mapping[str, str] = MappingProxyType({"arrays": "arrays, in this process"})

REPLICATED = {
    "valkey-cluster": (f"{NAMES['valkey-cluster']}, one node and its replica", f"{NAMES['valkey-cluster']}, all nodes"),
    "sentinel": (f"{NAMES['sentinel']}, a primary and its replica",) * 2,
}
"""Where the event log and the copies are. A replica hears of a write after it was answered."""
ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {"search": "search index", "pictures": "pictures", "analytics": "analytics"}
)
"""A kind as `--route` names it, to its row."""
PLACES: Mapping[str, str] = MappingProxyType(
    {
        "tantivy": "tantivy, an index in files",
        "s3": "the S3 API",
        "duckdb": "DuckDB, a file",
        "sqlite": "SQLite, a file of its own",
        "memory": "memory",
        "none": "nowhere",
    }
)


def routes(name: str, places: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """Kind of data to where `--engine NAME` keeps it, with what `places` routes elsewhere (see `alternatives`).
    BadInput for a name there is not."""
    chosen = engine(name)
    rows, server = (NAMES.get(one, one) for one in (chosen.rows, chosen.server))
    has_two = chosen.server != "fakeredis"
    copies = f"{server}, a second one: memory only" if has_two else server
    log = f"{server}, on disk before it answers" if has_two else server
    if chosen.server in REPLICATED:
        log, copies = REPLICATED[chosen.server]
    return {
        **dict.fromkeys(ROWS, rows),
        "event log": log,
        "cache": copies,
        "home timelines": copies
        if chosen.has_timelines
        else IN_PROCESS.get(chosen.rows, "sorted lists, in this process"),
        "pictures": "memory" if chosen.rows == "memory" else "files",
        "analytics": PLACES["sqlite"],
        **{ELSEWHERE[kind]: _place(engine) for kind, engine in places.items()},
    }


def _place(engine: str) -> str:
    name, _, where = engine.partition(":")
    return f"{PLACES[name]}{f' at {where}' if where else ''}"
