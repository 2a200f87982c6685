"""Lab a: machines join one after another. How even is the load, and how many keys move?"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import blake2b

from twitterlab.bench.finding import Finding
from twitterlab.bench.plots import Line, Plot
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.ring import Member
from twitterlab.stage.regional.judging import figure
from twitterlab.world.chance import SeededChance

KEYS, FIRST, LAST = 20_000, 4, 16
Place = Callable[[int, int], int]
"""(key, number of machines) to a machine's number."""


def run(blueprint: Blueprint, seed: int) -> Finding:
    """From `FIRST` to `LAST` machines, four ways to place `KEYS` ids, and the ring."""
    chance = SeededChance(seed, "joins")
    keys = [chance.below(1 << 63) for _ in range(KEYS)]
    ways: dict[str, list[list[int]]] = {
        name: [[place(key, count) for key in keys] for count in range(FIRST, LAST + 1)]
        for name, place in (("modulo", modulo), ("rendezvous", rendezvous), ("jump", jump))
    }
    ways = {"ring": _ring(blueprint, keys), **ways}
    moved = {name: [_moved(*pair) for pair in itertools.pairwise(rows)] for name, rows in ways.items()}
    strayed = {name: sum(_strayed(*pair) for pair in itertools.pairwise(rows)) for name, rows in ways.items()}
    uneven = {name: [_uneven(row) for row in rows] for name, rows in ways.items()}
    counts = tuple(map(float, range(FIRST, LAST + 1)))
    ideal = Line("ideal", counts[1:], tuple(100 / count for count in counts[1:]))
    return Finding(
        f"A machine joins {FIRST} others. Which share of the keys moves with the ring, and which modulo the number?",
        ("a fifth with both", "a fifth with the ring, four fifths modulo the number", "half with both"),
        1,
        f"Of {KEYS:,} keys the ring moves {moved['ring'][0]:.1f} %, modulo {moved['modulo'][0]:.1f} %; rendezvous and "
        f"jump hashing move {moved['rendezvous'][0]:.1f} % and {moved['jump'][0]:.1f} %.",
        (
            figure("ring_keys_moved", "%", moved["ring"][0], f"{FIRST} to {FIRST + 1} machines"),
            figure("modulo_keys_moved", "%", moved["modulo"][0]),
            figure("ring_keys_moved_between_old", "keys", strayed["ring"]),
            figure("ring_load_max_over_mean", "", max(uneven["ring"])),
            figure("rendezvous_load_max_over_mean", "", max(uneven["rendezvous"])),
            figure("jump_load_max_over_mean", "", max(uneven["jump"])),
        ),
        (
            Plot(
                "Keys that move when one machine joins", "machines afterwards", "% of keys",
                (*(Line(name, counts[1:], tuple(row)) for name, row in moved.items()), ideal),
            ),
            Plot(
                "The busiest machine against the mean", "machines", "times the mean",
                tuple(Line(name, counts, tuple(row)) for name, row in uneven.items()),
            ),
        ),
    )  # fmt: skip


def modulo(key: int, count: int) -> int:
    """The remainder: simple, even, and everything moves."""
    return _mixed(key) % count


def rendezvous(key: int, count: int) -> int:
    """The machine with the highest hash of (key, machine) (Thaler and Ravishankar, 1998): n hashes a lookup."""
    return max(range(count), key=lambda machine: _mixed(key ^ (machine + 1) * 0x9E3779B97F4A7C15 & (1 << 64) - 1))


def jump(key: int, count: int) -> int:
    """Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm" (2014): no memory, and only the last
    machine can leave."""
    state, at, after = _mixed(key), -1, 0
    while after < count:
        at = after
        state = (state * 2862933555777941757 + 1) & (1 << 64) - 1
        after = int((at + 1) * ((1 << 31) / ((state >> 33) + 1)))
    return at


def _mixed(key: int) -> int:
    return int.from_bytes(blake2b(key.to_bytes(8, "big"), digest_size=8).digest(), "big")


def _ring(blueprint: Blueprint, keys: Sequence[int]) -> list[list[int]]:
    ring = blueprint.ring([Member(f"s{number}") for number in range(FIRST)])
    rows = []
    for count in range(FIRST, LAST + 1):
        rows.append([int(ring.owners(key)[0][1:]) for key in keys])
        ring.add(Member(f"s{count}"))
    return rows


def _moved(before: Sequence[int], after: Sequence[int]) -> float:
    return 100 * sum(old != new for old, new in zip(before, after, strict=True)) / len(before)


def _strayed(before: Sequence[int], after: Sequence[int]) -> int:
    """Keys that moved, and not to the newcomer, who has the highest number."""
    newcomer = max([*before, *after])
    return sum(old != new != newcomer for old, new in zip(before, after, strict=True))


def _uneven(row: Sequence[int]) -> float:
    held = Counter(row)
    return max(held.values()) * len(held) / len(row)
