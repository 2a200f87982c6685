"""Two machines make ids at once: do they ever make the same one, and do ids still tell which came first?"""

from __future__ import annotations

from collections.abc import Callable

from twitterlab.model.figure import Figure
from twitterlab.parts.snowflake import IdSource, Wait
from twitterlab.stage.finding import Finding
from twitterlab.world.chance import SeededChance
from twitterlab.world.virtual import START_MS

MACHINES = 2
IDS = 10_000


def run(source: Callable[[int], IdSource], without: Callable[[int], IdSource], seed: int) -> Finding:
    """Each machine makes about half of `IDS` ids in bursts, under clocks that agree."""
    collisions, inversions = _race(source, seed)
    null_collisions, _ = _race(without, seed)
    return Finding(
        "Do two machines that do not talk ever make the same id?",
        "Machine bits keep them apart; two counters meet at every step.",
        (
            Figure("id_collisions", "ids", collisions, "simulated", "none", note=f"{null_collisions} without the part"),
            Figure("id_order_inversions", "ids", inversions, "simulated", "none", note="made later, yet sorts earlier"),
        ),
    )


def _race(make: Callable[[int], IdSource], seed: int) -> tuple[int, int]:
    """(ids made twice, ids of a later millisecond that sort below an earlier one's)."""
    chance = SeededChance(seed, "machine ids")
    sources = [make(machine) for machine in range(MACHINES)]
    made: list[tuple[int, int]] = []  # (the millisecond it was asked for, the id)
    now_ms = START_MS
    while len(made) < IDS:
        source = sources[chance.below(MACHINES)]
        for _ in range(1 + chance.below(8)):
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
