"""Which kind of data an engine keeps where: the routing table of a run."""

from __future__ import annotations

from twitterlab.storage.engines import engine

ROWS = (
    "users", "tweets", "likes", "follows", "blocks and mutes", "notifications", "messages", "credentials",
    "search index", "outbox",
)  # fmt: skip
NAMES = {
    "memory": "dictionaries",
    "sqlite": "SQLite",
    "postgresql": "PostgreSQL",
    "fakeredis": "fakeredis, in this process",
    "valkey": "Valkey",
    "redis": "Redis",
    "valkey-cluster": "Valkey Cluster",
}


def routes(name: str) -> dict[str, str]:
    """Kind of data to where `--engine NAME` keeps it. BadInput for a name there is not."""
    chosen = engine(name)
    rows, server = (NAMES.get(one, one) for one in (chosen.rows, chosen.server))
    has_two = chosen.server != "fakeredis"
    copies = f"{server}, a second one: memory only" if has_two else server
    log = f"{server}, on disk before it answers" if has_two else server
    if chosen.server == "valkey-cluster":
        log, copies = f"{server}, all on one of its nodes", f"{server}, over all its nodes"
    return {
        **dict.fromkeys(ROWS, rows),
        "event log": log,
        "cache": copies,
        "home timelines": copies if chosen.has_timelines else "sorted lists, in this process",
        "pictures": "memory" if chosen.rows == "memory" else "files",
    }
