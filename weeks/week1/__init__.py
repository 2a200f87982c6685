"""Week 1, Core MVP: one process, a thousand people, five parts."""

from __future__ import annotations

from twitterlab.model.figure import Target
from twitterlab.model.week import Day, Week

WEEK = Week(
    number=1,
    title="Core MVP",
    summary="A Twitter in one process: ids, schema, cache, queue, meter.",
    users=1_000,
    days=(
        Day("snowflake", "Ids that sort by time"),
        Day("schema", "Tables, indexes, keyset pages"),
        Day("cache", "Cache-aside without stampedes", libraries=("redis",)),
        Day("queue", "Fan-out that loses nothing", libraries=("redis",)),
        Day("meter", "Percentiles that add up"),
    ),
    targets={
        "home_read_ms_p99": Target("<", 200),
        "lost_deliveries": Target("==", 0),
        "repeated_deliveries": Target("==", 0),
        "post_to_visible_ms_p99": Target("<", 1_000),
        "operations": Target(">=", 10_000),
        "failed_operations": Target("==", 0),
        "strange_deliveries": Target("==", 0),
        "id_collisions": Target("==", 0),
        "id_order_inversions": Target("==", 0),
        "home_page_growth_percent": Target("<=", 10),
        "write_through_lost": Target("==", 0),
        "entries_past_ttl": Target("==", 0),
        "expiry_loads": Target("<=", 24),
        "worker_death_lost": Target("==", 0),
        "worker_death_repeated": Target("==", 0),
        "merged_p99_error_percent": Target("<=", 1),
    },
)
