"""Week 2, Regional scale: three continents, a hundred thousand people, five more parts."""

from __future__ import annotations

from twitterlab.model.figure import Target
from twitterlab.model.week import Day, Week

WEEK = Week(
    number=2,
    title="Regional scale",
    summary="Shards, failover, replication between continents, and an edge in front.",
    users=100_000,
    days=(
        Day("ring", "Consistent hashing, and who keeps what"),
        Day("shards", "Reads across shards, and resharding under load"),
        Day("balancer", "Two choices, breakers, and leaving a region"),
        Day("replica", "Writing on three continents"),
        Day("edge_cache", "An edge that never serves what was purged"),
    ),
    targets={
        "home_read_ms_p99_america": Target("<", 200),
        "home_read_ms_p99_europe": Target("<", 200),
        "home_read_ms_p99_asia": Target("<", 200),
        "served_through_region_loss": Target(">=", 99.9),
        "acknowledged_writes_lost": Target("==", 0),
        "replicas_converged": Target("==", 1),
    },
)
