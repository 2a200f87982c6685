"""Lab b on real servers: four become five by our plan over plain Valkey servers, and by the slots of Valkey Cluster.

The same people come to both, and the same judge looks at every page and in the end at every key. Then the plan once
more, while servers crash; and a primary of a cluster with replicas is killed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from twitterlab.bench.finding import Finding
from twitterlab.parts.blueprint import Blueprint
from twitterlab.stage.options import LabOptions
from twitterlab.stage.regional.live.valkey.drawing import draw_done, draw_waits
from twitterlab.stage.regional.live.valkey.figures import extent, figure, promises, waits
from twitterlab.stage.regional.live.valkey.kill import kill_primary
from twitterlab.stage.regional.live.valkey.move import PROMISES, Move, Size
from twitterlab.stage.regional.live.valkey.plan import move_by_plan
from twitterlab.stage.regional.live.valkey.slots import PIECES, PRIMARIES, move_by_slots

CALM_S = 3.0
"""Before something crashes."""


def run(blueprint: Blueprint, options: LabOptions, progress: Callable[[float], None]) -> Finding:
    """Four runs, one after the other. BadInput where Valkey is missing."""
    size, seed = Size(), options.seed
    shorter = replace(size, before_s=min(size.before_s, CALM_S))
    plan = move_by_plan(blueprint, size, seed, lambda share: progress(0.3 * share))
    slots = move_by_slots(size, seed, lambda share: progress(0.3 + 0.3 * share))
    crashed = move_by_plan(blueprint, shorter, seed, lambda share: progress(0.6 + 0.2 * share), has_crashes=True)
    kill = kill_primary(shorter, seed, lambda share: progress(0.8 + 0.2 * share))
    return Finding(
        "A fifth of all people move from four real servers to five while others read and write: once by the plan of the "
        "shards part, once by the slots of Valkey Cluster. Where does a page miss a tweet?",
        ("with the plan, at the cut over", "with the cluster, while slots move", "nowhere"),
        2,
        f"{_told('The plan', plan)} {_told('The cluster', slots)} Once more by the plan, while {crashed.facts['crashes']} "
        f"servers were killed: {_wrong(crashed)} pages wrong, {crashed.keyspace.lost} tweets lost. {kill.told()}",
        (
            *extent("plan", plan), *waits("plan", plan), *promises("plan", plan),
            figure("plan_coordinators_dropped", "times", plan, plan.facts["dropped"], "in the middle of a command; each went on from what was written down"),
            *extent("slots", slots), *waits("slots", slots), *promises("slots", slots),
            figure("slots_moving_ms", "ms", slots, slots.facts["moving_ms"], f"{slots.facts['slots']:,.0f} slots in {PRIMARIES * PIECES} jobs; before, a node joins"),
            *extent("crashed", crashed), *promises("crashed", crashed),
            figure("crashed_servers", "times", crashed, crashed.facts["crashes"], "kill -9 in each phase, together with the coordinator; started again at once"),
            *kill.figures(),
        ),
        (
            draw_waits("By the plan of the shards part, plain Valkey servers", plan),
            draw_waits("By the slots of Valkey Cluster", slots),
            draw_done("By the plan, while servers crash", crashed),
            draw_done("A primary of Valkey Cluster is killed", kill.move, "the kill"),
        ),
    )  # fmt: skip


def _told(who: str, move: Move) -> str:
    before, during = (move.quantile_ms("page", 0.99, is_during) for is_during in (False, True))
    return (
        f"{who} moved {move.moved:,} of {len(move.old_tweets):,} people in {move.timeline.took_ms / 1000:.1f} s; of "
        f"{move.count('page'):,} pages {_wrong(move)} were wrong, and p99 of a page went from {before:.1f} to {during:.1f} ms."
    )


def _wrong(move: Move) -> int:
    return sum(move.broken(what) for what in PROMISES)
