"""How the engine `arrays` grows: processor time of a read and a delivery, and bytes a user, at ten times the users."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from twitterlab.bench.plots import Line, Plot
from twitterlab.bench.report import Report
from twitterlab.errors import BadInput
from twitterlab.model.figure import Figure, Target
from twitterlab.stage.whole_options import WholeOptions
from twitterlab.stage.whole_setup import Whole, settle
from twitterlab.storage.arrays.accounts import FIRST_ID, ID_STEP
from twitterlab.storage.arrays.batches import ArrayBatches
from twitterlab.storage.batches import NewTweets
from twitterlab.world.live import cpu_ns

SMALLEST = 1_000
BATCHES, READERS, WRITERS = 60, 1_000, 120
ROUNDS = 3
"""The quickest of so many counts: what else the machine did is then mostly left out."""


@dataclass(frozen=True, slots=True)
class Size:
    """What one population cost. Times in nanoseconds of processor time, of the engine's calls alone."""

    users: int
    follows: int
    read_ns: float
    delivery_ns: float
    bytes_a_user: float


def run(options: WholeOptions) -> Report:
    """Populations of 1,000 and ten times more, up to `options.users`. BadInput for fewer than two sizes."""
    if options.users < 10 * SMALLEST:
        raise BadInput(f"{options.users} users give one size, no growth", f"Give {10 * SMALLEST:,} or more.")
    sizes, users = [], SMALLEST
    while users <= options.users:
        options.progress(f"{users:,} people", np.log10(users / SMALLEST) / (np.log10(options.users / SMALLEST) + 1))
        sizes.append(_measured(settle(users, options.seed, lambda step, share: None)))
        users *= 10
    return Report(
        0, sizes[-1].users, sizes[-1].follows, options.seed, {}, len(sizes) * ROUNDS * BATCHES, _figures(sizes),
        plots=_plots(sizes), blames=MappingProxyType({}),
    )  # fmt: skip


def _measured(whole: Whole) -> Size:
    state, rings = whole.state, whole.timelines.rings
    arrays = (
        rings.lines, state.followers_of.starts, state.followers_of.others, state.followed_by.starts,
        state.followed_by.others, state.rows.newest, state.rows.records[: state.rows.count],
    )  # fmt: skip
    held = sum(array.nbytes for array in arrays)
    batches = ArrayBatches(whole.state, whole.timelines)
    reads = [whole.ids(whole.population.people(READERS, number)) for number in range(BATCHES)]
    read_ns = min(_reads_ns(batches, reads) for _ in range(ROUNDS)) / (BATCHES * READERS)
    delivery_ns = min(_delivery_ns(whole, batches, number) for number in range(ROUNDS))
    return Size(whole.population.users, whole.follows, read_ns, delivery_ns, held / whole.population.users)


def _reads_ns(batches: ArrayBatches, reads: list[np.ndarray[tuple[int], np.dtype[np.int64]]]) -> int:
    before_ns = cpu_ns()
    for users in reads:
        pages, _ = batches.pages(users, 20)
        np.bitwise_xor.reduce(pages.tweets.view(np.uint64), axis=None)
    return cpu_ns() - before_ns


def _delivery_ns(whole: Whole, batches: ArrayBatches, number: int) -> float:
    first = (1 << 62) + number * BATCHES * WRITERS
    delivered, spent_ns = 0, 0
    for batch in range(BATCHES):
        authors = FIRST_ID + ID_STEP * whole.population.people(WRITERS, 10_000 + number * BATCHES + batch)
        ids = list(range(first + batch * WRITERS, first + (batch + 1) * WRITERS))
        batches.add(NewTweets(ids, authors.tolist(), [b"a tweet of middling length, as most of them are"] * WRITERS, 1))
        before_ns = cpu_ns()
        delivered += batches.fan_out(ids[0])
        while more := batches.fan_out_large():
            delivered += more
        spent_ns += cpu_ns() - before_ns
    return spent_ns / max(delivered, 1)


def _figures(sizes: list[Size]) -> tuple[Figure, ...]:
    def figure(name: str, unit: str, value: float, target: Target | None = None, note: str = "") -> Figure:
        return Figure(name, unit, value, "live", "arrays", target, note)

    middle = next((size for size in sizes if size.users == 10_000), sizes[0])
    last = sizes[-1]
    rates = [
        figure(
            f"reads_per_core_s_{size.users}", "reads/s", 1e9 / size.read_ns, note="engine call pages, every byte read"
        )
        for size in sizes
    ]
    ratio = last.read_ns / middle.read_ns
    return (
        *rates,
        *(figure(f"delivery_ns_{size.users}", "ns", size.delivery_ns, note="of processor time, fan-out") for size in sizes),
        *(figure(f"bytes_a_user_{size.users}", "B", size.bytes_a_user, note="all arrays") for size in sizes),
        figure("read_growth", "times", ratio, Target("<=", 2), f"{last.users:,} people against {middle.users:,}"),
        figure("read_exponent", "", _exponent(sizes, [size.read_ns for size in sizes]), note="time of a read ~ users ** x"),
        figure(
            "memory_exponent", "", _exponent(sizes, [size.bytes_a_user * size.users for size in sizes]),
            note="bytes ~ users ** x: 1 is linear",
        ),
    )  # fmt: skip


def _exponent(sizes: list[Size], values: list[float]) -> float:
    return float(np.polyfit(np.log([size.users for size in sizes]), np.log(values), 1)[0])


def _plots(sizes: list[Size]) -> tuple[Plot, ...]:
    users = tuple(float(size.users) for size in sizes)
    times = (
        Line("a home page", users, tuple(size.read_ns for size in sizes)),
        Line("a delivery", users, tuple(size.delivery_ns for size in sizes)),
    )
    memory = (Line("all arrays", users, tuple(size.bytes_a_user * size.users / 2**20 for size in sizes)),)
    return (
        Plot("Processor time against users", "users", "ns", times, log_x=True, log_y=True),
        Plot("Memory against users", "users", "MiB", memory, log_x=True, log_y=True),
    )
