"""Lab b on real servers: four become five by our plan over plain Valkey servers, and by the slots of Valkey Cluster.

The same people come to both, and the same judge looks at every page and in the end at every key. Then a primary of a
cluster with replicas is killed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import nan
from statistics import median

from twitterlab.bench.finding import Finding
from twitterlab.bench.plots import Line, Plot
from twitterlab.model.figure import Figure, Target
from twitterlab.parts.blueprint import Blueprint
from twitterlab.stage.options import LabOptions
from twitterlab.stage.regional.live.valkey.kill import kill_primary
from twitterlab.stage.regional.live.valkey.move import PROMISES, Move, Size
from twitterlab.stage.regional.live.valkey.plan import move_by_plan
from twitterlab.stage.regional.live.valkey.slots import PIECES, PRIMARIES, move_by_slots

NONE, ALL = Target("==", 0), Target("==", 1)
WINDOW_S, SHOWN_S = 0.25, 3.0
"""Of one point of the plots; and what they show before and after the move."""


def run(blueprint: Blueprint, options: LabOptions, progress: Callable[[float], None]) -> Finding:
    """Both moves, one after the other, and the kill. BadInput where Valkey is missing."""
    size = Size()
    plan = move_by_plan(blueprint, size, options.seed, lambda share: progress(0.4 * share))
    slots = move_by_slots(size, options.seed, lambda share: progress(0.4 + 0.4 * share))
    kill = kill_primary(size, options.seed, lambda share: progress(0.8 + 0.2 * share))
    return Finding(
        "A fifth of all people move from four real servers to five while others read and write: once by the plan of the "
        "shards part, once by the slots of Valkey Cluster. Where does a page miss a tweet?",
        ("with the plan, at the cut over", "with the cluster, while slots move", "nowhere"),
        2,
        f"{_told('The plan', plan)} {_told('The cluster', slots)} {kill.told()}",
        (
            *_figures("plan", plan),
            _figure("plan_coordinators_dropped", "times", plan, plan.facts["dropped"], "in the middle of a command; each went on from what was written down"),
            *_figures("slots", slots),
            _figure("slots_moving_ms", "ms", slots, slots.facts["moving_ms"], f"{slots.facts['slots']:,.0f} slots in {PRIMARIES * PIECES} jobs; before, a node joins"),
            *kill.figures(),
        ),
        (_plot("By the plan of the shards part, plain Valkey servers", plan), _plot("By the slots of Valkey Cluster", slots), kill.plot()),
    )  # fmt: skip


def _told(who: str, move: Move) -> str:
    broken = sum(move.broken(what) for what in PROMISES)
    during, before = (move.quantile_ms("page", 0.99, is_during) for is_during in (True, False))
    return (
        f"{who} moved {move.moved:,} of {len(move.old_tweets):,} people in {move.timeline.took_ms / 1000:.1f} s; of "
        f"{move.count('page'):,} pages {broken} were wrong, and p99 of a page went from {before:.1f} to {during:.1f} ms."
    )


def _figures(way: str, move: Move) -> list[Figure]:
    """What people saw and waited for, and what is on the servers in the end."""
    keys = move.keyspace
    found = [
        _figure(f"{way}_is_finished", "", move, move.timeline.is_finished, target=ALL),
        _figure(f"{way}_took_ms", "ms", move, move.timeline.took_ms, "from the first step to the last"),
        _figure(f"{way}_people_moved", "%", move, 100 * move.moved / len(move.old_tweets), "ideal is 20 %"),
        _figure(f"{way}_pages", "pages", move, move.count("page")),
        _figure(f"{way}_whole_pages", "%", move, 100 * move.count("page", "ok") / max(1, move.count("page")), "the rest were refused, or named a missing shard"),
        _figure(f"{way}_writes_refused", "writes", move, sum(move.count(f, "fail", "info") for f in ("post", "delete")), f"of {move.count('post') + move.count('delete'):,}; nobody was told that they were done"),
    ]  # fmt: skip
    for f in ("page", "post"):
        for q in (0.5, 0.99):
            for is_during in (False, True):
                name = f"{way}_{f}_ms_p{100 * q:.0f}_{'during' if is_during else 'before'}"
                found.append(
                    _figure(name, "ms", move, move.quantile_ms(f, q, is_during), f"{move.held(f, is_during)} {f}s")
                )
    found += [_figure(f"{way}_{what}", "pages", move, move.broken(what), PROMISES[what], NONE) for what in PROMISES]
    return [
        *found,
        _figure(f"{way}_own_stall_ms", "ms", move, move.longest_stall_ms(), "the longest time during the move in which this process did not run: in every latency, and no server's doing"),
        _figure(f"{way}_rows_a_row", "", move, move.rows_read / max(1, move.rows_shown()), "rows that servers sent for each row shown"),
        _figure(f"{way}_tweets_lost", "tweets", move, keys.lost, f"of {keys.tweets:,} on the servers where they belong, all counted", NONE),
        _figure(f"{way}_tweets_on_two_servers", "tweets", move, keys.doubled, target=NONE),
        _figure(f"{way}_keys_left_over", "keys", move, keys.left_over, "on servers they do not belong to any more", NONE),
        _figure(f"{way}_keys_max_over_mean", "", move, keys.uneven, "keys of the fullest server against the mean, in the end"),
    ]  # fmt: skip


def _figure(name: str, unit: str, move: Move, measured: float, note: str = "", target: Target | None = None) -> Figure:
    return Figure(name, unit, float(measured), "live", move.engine, target, note)


def _plot(title: str, move: Move) -> Plot:
    """How long people waited, and when what was done."""
    zero_s = move.timeline.began_s
    count = round((move.timeline.last_s - zero_s + 2 * SHOWN_S) / WINDOW_S)
    starts = [WINDOW_S * number - SHOWN_S for number in range(count)]
    middles = tuple(start + WINDOW_S / 2 for start in starts)

    def line(label: str, held: Sequence[tuple[float, float]], of: Callable[[list[float]], float]) -> Line:
        some = [[ms for at_s, ms in held if start <= at_s - zero_s < start + WINDOW_S] for start in starts]
        return Line(label, middles, tuple(of(window) if window else nan for window in some))

    pages, posts = ([(one.at_s, one.latency_ms) for one in move.samples if one.f == f] for f in ("page", "post"))
    return Plot(
        title, "seconds since the move began", "ms",
        (
            line("slowest page", pages, max), line("median page", pages, median), line("slowest post", posts, max),
            line("our own stalls", move.timeline.stalls, max),
        ),
        log_y=True, note=f"Live, on {move.engine}; each point is {WINDOW_S:g} s.",
        marks=tuple((at_s - zero_s, what) for at_s, what in move.timeline.marks),
    )  # fmt: skip
