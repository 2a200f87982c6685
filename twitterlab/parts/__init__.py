"""The slots: what a student builds, as contracts with numbered laws.

`SLOTS` is the one table of the course's parts: slot, class to write, contract, null part, who calls it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slot:
    """One row: names only, so that reading the table imports nothing."""

    name: str
    week: int
    day: int
    part: str  # the class a student writes
    contract: str
    null_part: str
    methods: tuple[str, ...]  # what is counted and watched
    called_by: str
    is_async: bool = False

    @property
    def module(self) -> str:
        """The contract's module."""
        return f"twitterlab.parts.{self.name}"

    @property
    def file(self) -> str:
        """Path of the part inside `exercises/` and `solutions/`."""
        return f"week{self.week}/day{self.day}_{self.name}.py"

    @property
    def day_id(self) -> str:
        """What students type: week.day."""
        return f"{self.week}.{self.day}"


SLOTS: tuple[Slot, ...] = (
    Slot("snowflake", 1, 1, "Snowflake", "IdSource", "CountingIds", ("next_id", "encode", "decode"), "platform.ids"),
    Slot("schema", 1, 2, "SocialSchema", "Schema", "NoSchema", ("tables", "queries"), "storage (SQLite engine)"),
    Slot("cache", 1, 3, "AsideCache", "Cache", "NoCache", ("get", "add", "forget"), "platform.timelines", True),
    Slot(
        "queue", 1, 4, "FanoutQueue", "Queue", "NoQueue", ("relay", "work", "dead_letters"), "platform.platform", True
    ),
    Slot(
        "meter",
        1,
        5,
        "LatencyMeter",
        "Meter",
        "NoMeter",
        ("record", "quantile", "snapshot", "merge", "signals"),
        "platform.gateway",
    ),
    Slot("ring", 2, 1, "HashRing", "Ring", "OneShard", ("owners", "add", "remove"), "platform.regional.gateway"),
    Slot("shards", 2, 2, "ShardPlan", "Shards", "OneByOne", ("merge", "route", "advance"), "platform.regional.gateway"),
    Slot(
        "balancer",
        2,
        3,
        "TwoChoices",
        "Balancer",
        "FirstBackend",
        ("choose", "finished", "breaker", "region"),
        "platform.regional.router",
    ),
    Slot(
        "replica",
        2,
        4,
        "RegionReplica",
        "Replica",
        "OneRegion",
        ("write", "version", "delta", "merge", "register", "members", "counter"),
        "platform.regional.shard",
    ),
    Slot(
        "edge_cache",
        2,
        5,
        "Edge",
        "EdgeCache",
        "NoEdge",
        ("ask", "answer", "failed", "warm", "purge"),
        "platform.regional.edge",
    ),
)
