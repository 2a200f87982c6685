"""Two machines make ids at once: do they ever make the same one, and do ids still tell which came first?"""

from __future__ import annotations

from collections.abc import Callable

from twitterlab.bench.finding import Finding
from twitterlab.bench.plots import Line, Plot
from twitterlab.model.figure import Figure
from twitterlab.parts.snowflake import IdSource, Wait
from twitterlab.world.chance import SeededChance
from twitterlab.world.virtual import START_MS

MACHINES = 2
IDS = 10_000
ASKED = 20 * IDS
"""Ids asked for at most: a part that only ever says Wait ends the race too."""


def run(source: Callable[[int], IdSource], without: Callable[[int], IdSource], seed: int) -> Finding:
    """Each machine makes about half of `IDS` ids in bursts, under clocks that agree."""
    collisions, inversions = _race(source, seed)
    null_collisions, null_inversions = _race(without, seed)

    def figure(name: str, value: int, note: str) -> Figure:
        return Figure(name, "ids", value, "simulated", "none", note=note)

    return Finding(
        "Do two machines that do not talk ever make the same id?",
        ("never", "now and then", "at every step"),
        0,
        f"{collisions:,} of {IDS:,} ids were made twice with the part, {null_collisions:,} by counting 1, 2, 3.",
        (
            figure("id_collisions", collisions, "ids made twice"),
            figure("id_collisions_without", null_collisions, "the null part: 1, 2, 3 on each machine"),
            figure("id_order_inversions", inversions, "made later, yet sorts earlier"),
            figure("id_order_inversions_without", null_inversions, "the null part"),
        ),
        (
            Plot(
                f"Ids made twice, of {IDS:,} on two machines",
                "",
                "ids",
                (Line("snowflake", (0,), (collisions,)), Line("counting", (0,), (null_collisions,))),
                kind="bar",
                note="Ten bits of machine keep apart what two counters cannot.",
            ),
        ),
    )


def _race(make: Callable[[int], IdSource], seed: int) -> tuple[int, int]:
    """(ids made twice, ids of a later millisecond that sort below an earlier one's)."""
    chance = SeededChance(seed, "machine ids")
    sources = [make(machine) for machine in range(MACHINES)]
    made: list[tuple[int, int]] = []  # (the millisecond it was asked for, the id)
    now_ms = START_MS
    asked = 0
    while len(made) < IDS and asked < ASKED:
        source = sources[chance.below(MACHINES)]
        for _ in range(1 + chance.below(8)):
            asked += 1
            answer = source.next_id(now_ms)
            if isinstance(answer, Wait):
                break
            made.append((now_ms, answer))
        now_ms += chance.below(2)
    highest_before = highest = -1
    inversions, at_ms = 0, START_MS
    for asked_ms, made_id in made:
        if asked_ms > at_ms:
            highest_before, at_ms = highest, asked_ms
        inversions += made_id < highest_before
        highest = max(highest, made_id)
    return len(made) - len({made_id for _, made_id in made}), inversions
