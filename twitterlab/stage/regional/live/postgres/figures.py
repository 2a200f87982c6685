"""What was measured, as figures, and the answer in words."""

from __future__ import annotations

from collections.abc import Iterator

from twitterlab.bench.finding import Finding
from twitterlab.bench.histogram import Histogram
from twitterlab.model.figure import Figure
from twitterlab.stage.regional.live.postgres import plots
from twitterlab.stage.regional.live.postgres.continents import FAR, PLACES
from twitterlab.stage.regional.live.postgres.cut_off import Story
from twitterlab.stage.regional.live.postgres.measuring import Measured
from twitterlab.stage.regional.live.postgres.own_writes import WAYS

CHOICES = ("each other one", "one in a hundred", "none: the replica has it when the answer comes")
WAYS_IN_WORDS = {
    "local": "read from the near replica, at once",
    "by_lsn": "read from the near replica, once it has replayed as far as that commit",
    "at_primary": "read from the primary",
    "applied": "read from the near replica; the commit waited until all replicas show it",
}


def finding(measured: Measured, engine: str) -> Finding:
    """Everything, with its plots."""
    figures = tuple(
        Figure(name, unit, float(value), "live", engine, note=note) for name, unit, value, note in _all(measured)
    )
    return Finding(
        "In Asia people post to the primary in America, and then read their page from the replica near them. "
        "How many do not find what they have just posted?",
        CHOICES,
        None,
        _answer(measured),
        figures,
        plots.plots(measured),
    )


Row = tuple[str, str, float, str]


def _all(measured: Measured) -> Iterator[Row]:
    yield from _distances(measured)
    yield from _levels(measured)
    yield from _lag(measured)
    yield from _own_writes(measured)
    yield from _cut_off(measured.story)
    stall = measured.stall
    yield "stalled_writes_acknowledged", "writes", stall.meanwhile, (
        f"live; commits that wait for all replicas, while Asia is away for {stall.apart_s:.1f} s")  # fmt: skip
    yield "stalled_write_ms_max", "ms", stall.took.quantile_ms(1.0), "live; the longest wait for such a commit"


def _distances(measured: Measured) -> Iterator[Row]:
    found = measured.distances
    ways = (
        ("home_read", "_from_afar", found.afar, "two questions to the primary, one after the other"),
        ("home_read", "_local", found.local, "the same two to the server that is near"),
        ("post", "_from_afar", found.posts, "a transaction of four statements at the primary"),
    )
    for kind, suffix, by_place, what in ways:
        for place in PLACES:
            yield from _quantiles(f"{kind}_ms", f"_{place}{suffix}", by_place[place], what)


def _levels(measured: Measured) -> Iterator[Row]:
    for level, took in measured.levels.items():
        yield from _quantiles("commit_ms", f"_{level}", took, "a post beside the primary")


def _lag(measured: Measured) -> Iterator[Row]:
    for place in FAR:
        seen, told = measured.heartbeat.seen[place], measured.heartbeat.told[place]
        yield from _quantiles("replica_lag_ms", f"_{place}", seen, "from a commit until a reader there sees it")
        yield f"replay_lag_ms_p50_{place}", "ms", told.quantile_ms(0.5), (
            f"live; pg_stat_replication, there and back; asked {told.count:,} times")  # fmt: skip


def _own_writes(measured: Measured) -> Iterator[Row]:
    for (way, place), found in measured.own_writes.items():
        looks = found.reads.count
        yield f"own_post_not_found_{way}_{place}", "%", 100 * found.broken / looks if looks else float("nan"), (
            f"live; {WAYS_IN_WORDS[way]}; {found.broken:,} of {looks:,}")  # fmt: skip
        yield f"own_post_ms_p50_{way}_{place}", "ms", found.posts.quantile_ms(0.5), "live; one round trip to post"
        yield from _quantiles("own_page_ms", f"_{way}_{place}", found.reads, "waiting for the replica included")


def _cut_off(story: Story) -> Iterator[Row]:
    apart_s = story.mended_s - story.cut_s
    for place in PLACES:
        yield f"apart_acknowledged_per_s_postgres_{place}", "1/s", (
            story.rows.between(place, story.cut_s, story.mended_s) / apart_s), (
            f"live; posts to the primary while Asia is cut off for {apart_s:.1f} s")  # fmt: skip
    for place in PLACES:
        yield f"apart_acknowledged_per_s_replica_{place}", "1/s", (
            story.deltas.between(place, story.cut_s, story.mended_s) / apart_s), "live; to the part's replica there"  # fmt: skip
    yield "apart_standby_refused", "%", 100 * story.rows.refused / max(1, story.rows.tried), (
        f"live; writes to PostgreSQL's replica in Asia: {story.rows.refused} of {story.rows.tried}, read-only")  # fmt: skip
    yield "apart_behind_kib", "KiB", story.behind_bytes / 1024, "live; log that Asia lacks when the cable is mended"
    yield "apart_caught_up_s", "s", story.caught_up_s, "live; from mending until PostgreSQL's replica has all that"
    yield "apart_converged_s", "s", story.converged_s, "live; until the part's replicas have all that was written"
    for place, missing in story.rows_missing.items():
        yield f"postgres_writes_lost_{place}", "writes", missing, (
            f"live; of {len(story.rows.tweets):,} acknowledged, at the end")  # fmt: skip
    yield "acknowledged_writes_lost", "writes", story.deltas_missing, (
        f"live; of {len(story.deltas.tweets):,} at the part's replicas, on any continent")  # fmt: skip
    yield "likes_invented", "likes", story.likes_invented, "live; at the part's replicas"
    yield "replicas_converged", "", 0.0 if story.unequal else 1.0, (
        f"live; they differ in {story.unequal}" if story.unequal else "live; they say the same of every key")  # fmt: skip


def _quantiles(kind: str, suffix: str, took: Histogram, what: str) -> Iterator[Row]:
    for name, quantile in (("p50", 0.5), ("p99", 0.99)):
        yield f"{kind}_{name}{suffix}", "ms", took.quantile_ms(quantile), f"live; {what}; {took.count:,} times"


def _answer(measured: Measured) -> str:
    local, by_lsn = (measured.own_writes[way, "asia"] for way in ("local", "by_lsn"))
    afar, near = (by_place["asia"].quantile_ms(0.5) for by_place in (measured.distances.afar, measured.distances.local))
    story, apart_s = measured.story, measured.story.mended_s - measured.story.cut_s
    asia = story.rows.between("asia", story.cut_s, story.mended_s)
    here = story.deltas.between("asia", story.cut_s, story.mended_s)
    return (
        f"{local.broken:,} of {local.reads.count:,}. The log and the answer leave America together, and the replica "
        f"has a disk to write before it shows anything. Nobody misses anything who waits for the commit's place in "
        f"the log, which makes half of the reads slower than {by_lsn.reads.quantile_ms(0.5):.0f} ms. A home timeline "
        f"in Asia takes {near:.1f} ms from the replica there, and {afar:.0f} ms from America. While Asia was cut off "
        f"for {apart_s:.1f} s, PostgreSQL acknowledged {asia:,} posts of its people and your replicas {here:,}; "
        f"afterwards PostgreSQL lacked {sum(story.rows_missing.values()):,} acknowledged writes, yours "
        f"{story.deltas_missing:,}."
    )


assert set(WAYS) == set(WAYS_IN_WORDS)
