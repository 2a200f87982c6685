"""What an acknowledgement of each persistent server means: the settings it rests on, and what they survive.

The page about failover shows this table, and a test asks every server whether it is set so. `kill -9` is not a power
cut: what was handed to the operating system survives the one, what was flushed (fsync) the other as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Durability:
    """`of` an engine's server; `settings` by the names that it has for them itself."""

    of: str
    holds: str
    acknowledged: str
    settings: Mapping[str, str]
    kill9: str
    power_cut: str
    failover: str


SAVED, LOST, NO_REPLICA = "all of it", "it may be lost, and is made again from the rows", "no replica"
TABLE = (
    Durability(
        "SQLite", "rows, outbox", "flushed", MappingProxyType({"journal_mode": "wal", "synchronous": "2"}),
        SAVED, SAVED, NO_REPLICA,
    ),
    Durability(
        "PostgreSQL", "rows, outbox", "flushed",
        MappingProxyType({"fsync": "on", "synchronous_commit": "on"}), SAVED, SAVED, NO_REPLICA,
    ),
    Durability(
        "PostgreSQL with a standby", "rows, outbox", "flushed on both, and shown by the standby",
        MappingProxyType({"fsync": "on", "synchronous_commit": "remote_apply", "synchronous_standby_names": "*"}),
        SAVED, SAVED, SAVED,
    ),
    Durability(
        "Valkey, the event log", "stream, idempotency keys", "flushed",
        MappingProxyType({"appendonly": "yes", "appendfsync": "always"}), SAVED, SAVED, NO_REPLICA,
    ),
    Durability(
        "Valkey, the copies", "cache, home timelines", "in memory", MappingProxyType({"appendonly": "no"}),
        LOST, LOST, NO_REPLICA,
    ),
    Durability(
        "Valkey Cluster", "stream, idempotency keys, cache, home timelines", "in the memory of one primary",
        MappingProxyType({"appendonly": "yes", "appendfsync": "everysec"}), LOST, LOST, LOST,
    ),
    Durability(
        "Valkey under Sentinel", "stream, idempotency keys, cache, home timelines", "in the memory of one primary",
        MappingProxyType({"appendonly": "yes", "appendfsync": "everysec"}), LOST, LOST, LOST,
    ),
)  # fmt: skip


def as_markdown() -> str:
    """The table of the documentation."""
    heads = ("server", "holds", "an acknowledgement is", "settings", "`kill -9`", "power cut", "failover")
    rows = [heads, ("---",) * len(heads)]
    for one in TABLE:
        settings = ", ".join(f"`{name} = {value}`" for name, value in one.settings.items())
        rows.append((one.of, one.holds, one.acknowledged, settings, one.kill9, one.power_cut, one.failover))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"
