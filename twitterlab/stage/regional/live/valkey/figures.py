"""What a move comes to: figures that say they are live, and which engine they are of."""

from __future__ import annotations

from twitterlab.model.figure import Figure, Target
from twitterlab.stage.regional.live.valkey.move import PROMISES, Move

NONE, ALL = Target("==", 0), Target("==", 1)
WRITES = ("post", "delete")


def figure(name: str, unit: str, move: Move, measured: float, note: str = "", target: Target | None = None) -> Figure:
    """One that was measured on the servers of `move`."""
    return Figure(name, unit, float(measured), "live", move.engine, target, note)


def extent(way: str, move: Move) -> list[Figure]:
    """How much was moved, while how much was asked."""
    pages, writes = move.count("page"), sum(move.count(f) for f in WRITES)
    late_ms = move.quantile_ms("page", 0.5, is_during=True)
    given_up = (
        f"given up; half of all pages took {late_ms:,.0f} ms or more: where that is long, this machine is too busy"
    )
    not_done = sum(move.count(f, "fail", "info") for f in WRITES)
    return [
        figure(f"{way}_is_finished", "", move, move.timeline.is_finished, "" if move.timeline.is_finished else given_up, ALL),
        figure(f"{way}_took_ms", "ms", move, move.timeline.took_ms, "from the first step to the last, pauses between steps with it"),
        figure(f"{way}_people_moved", "%", move, 100 * move.moved / len(move.old_tweets), f"of {len(move.old_tweets):,}; ideal is 20 %"),
        figure(f"{way}_pages", "pages", move, pages),
        figure(f"{way}_whole_pages", "%", move, 100 * move.count("page", "ok") / max(1, pages), "the rest were refused, or named a missing shard"),
        figure(f"{way}_writes_not_done", "writes", move, not_done, f"of {writes:,}; people were told so, or that nobody knows"),
    ]  # fmt: skip


def waits(way: str, move: Move) -> list[Figure]:
    """How long people waited before the move and during it."""
    found = [
        figure(f"{way}_{f}_ms_p{100 * q:.0f}_{when}", "ms", move, move.quantile_ms(f, q, is_during), f"of {move.held(f, is_during)} {f}s")
        for f in ("page", "post") for q in (0.5, 0.99) for when, is_during in (("before", False), ("during", True))
    ]  # fmt: skip
    return [
        *found,
        figure(f"{way}_own_stall_ms", "ms", move, move.longest_stall_ms(), "the longest time during the move in which this process did not run: in every latency, and no server's doing"),
        figure(f"{way}_rows_a_row", "", move, move.rows_read / max(1, move.rows_shown()), "rows that servers sent for each row shown"),
    ]  # fmt: skip


def promises(way: str, move: Move) -> list[Figure]:
    """What pages showed, and what is on the servers in the end."""
    keys = move.keyspace
    return [
        *(figure(f"{way}_{what}", "pages", move, move.broken(what), move.first_broken(what) or PROMISES[what], NONE) for what in PROMISES),
        figure(f"{way}_tweets_lost", "tweets", move, keys.lost, f"of {keys.tweets:,} on the servers where they belong, all counted", NONE),
        figure(f"{way}_tweets_on_two_servers", "tweets", move, keys.doubled, target=NONE),
        figure(f"{way}_tweets_back", "tweets", move, keys.back, "on a server, although their deletion was acknowledged", NONE),
        figure(f"{way}_keys_left_over", "keys", move, keys.left_over, "on servers they do not belong to any more", NONE),
        figure(f"{way}_keys_max_over_mean", "", move, keys.uneven, "keys of the fullest server against the mean, in the end"),
    ]  # fmt: skip
