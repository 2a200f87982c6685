"""What a regional run comes to, as figures."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from twitterlab.bench.histogram import Histogram
from twitterlab.model.figure import Figure
from twitterlab.parts.replica import Replica
from twitterlab.platform.regional.convergence import differing, replicas_by_group
from twitterlab.platform.regional.layout import group_of
from twitterlab.stage.regional.run import Run
from twitterlab.stage.regional.seconds import failover_s, served_percent

ENGINE = "regional, in memory, calibrated"
BEFORE_S, AFTER_S = 60, 300


def figure(name: str, unit: str, measured: float, note: str = "") -> Figure:
    """One simulated figure; its target is the week's to add."""
    return Figure(name, unit, float(measured), "simulated", ENGINE, note=note)


def latencies(run: Run) -> list[Figure]:
    """Home reads by continent, in steady state; and everything else on all of them."""
    found = []
    for name, seconds in run.by_continent.items():
        home = seconds.steady.get("home", Histogram())
        found.append(figure(f"home_read_ms_p50_{name}", "ms", home.quantile_ms(0.5)))
        found.append(figure(f"home_read_ms_p99_{name}", "ms", home.quantile_ms(0.99)))
    for kind in ("post", "page"):
        whole = Histogram()
        for seconds in run.by_continent.values():
            whole.merge(seconds.steady.get(kind, Histogram()))
        found.append(figure(f"{'public_page' if kind == 'page' else kind}_ms_p99", "ms", whole.quantile_ms(0.99)))
    return found


def promises(run: Run) -> list[Figure]:
    """What was acknowledged is there, everywhere, and everybody says the same."""
    find = cached_replicas(run)
    ledger = run.told.ledger
    groups = replicas_by_group(run.machines.shards.values())
    unequal = differing(groups, _keys(run))
    return [
        figure("acknowledged_writes", "writes", ledger.acknowledged),
        figure("acknowledged_writes_lost", "writes", ledger.lost(find)),
        figure("likes_invented", "likes", ledger.invented(find)),
        figure("replicas_converged", "", 0.0 if unequal else 1.0, f"they differ in {unequal[0]}" if unequal else ""),
    ]


def loss(run: Run, loss_s: int, continent: str) -> list[Figure]:
    """What people noticed of a loss."""
    served = served_percent(run.by_continent.values(), max(0, loss_s - BEFORE_S), loss_s + AFTER_S)
    return [
        figure("served_through_region_loss", "%", served),
        figure("failover_s", "s", failover_s(run.by_continent[continent], loss_s)),
    ]


def edges(run: Run) -> list[Figure]:
    """How much the edges kept from the origin."""
    asked = sum(edge.asked for edge in run.machines.edges.values())
    hits = sum(edge.hits for edge in run.machines.edges.values())
    return [figure("edge_hit_ratio", "%", 100 * hits / asked if asked else float("nan"))]


def load(run: Run) -> list[Figure]:
    """How evenly the shards of a continent work: the busiest against their mean."""
    worst = 0.0
    for continent in run.layout.continents:
        served = [shard.served for name, shard in run.machines.shards.items() if name.startswith(continent.name)]
        if sum(served):
            worst = max(worst, max(served) * len(served) / sum(served))
    shards = run.machines.shards.values()
    shown = sum(shard.timelines.rows_shown for shard in shards)
    read = sum(shard.timelines.rows_read for shard in shards)
    return [
        figure("shard_load_max_over_mean", "", worst),
        figure("cross_shard_pages", "pages", sum(shard.timelines.pages_merged for shard in shards)),
        figure("cross_shard_rows_a_row", "rows", read / shown if shown else float("nan")),
    ]


def keys_differing(run: Run) -> int:
    """Of all keys that people have written so far, how many have copies that say different things at this moment."""
    return len(differing(replicas_by_group(run.machines.shards.values()), _keys(run)))


def cached_replicas(run: Run) -> Any:
    """A table of the replicas of each person's keys that fills itself."""

    class Table(dict[int, list[Replica]]):
        def __missing__(self, user: int) -> list[Replica]:
            self[user] = run.replicas_of(user)
            return self[user]

    return Table()


def _keys(run: Run) -> list[tuple[str, str]]:
    """All keys that people have written, with the groups that keep them."""
    ledger, group = run.told.ledger, _groups(run)
    found = {(group(author), f"tweets/{author}") for author in ledger.posts.values()}
    found |= {(group(author), f"tweet/{tweet_id}") for tweet_id, author in ledger.posts.items()}
    found |= {(group(row[0]), key) for key, row in ledger.counts.items()}
    found |= {(group(user), f"follows/{user}") for user, _ in ledger.follows}
    return sorted(found)


def _groups(run: Run) -> Callable[[int], str]:
    ring = run.blueprint.ring(run.layout.members)
    return cache(lambda user: group_of(ring.owners(user, 2)))
