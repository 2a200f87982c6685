"""How the engine `arrays` grows: processor time of a read and a delivery, and bytes, at ten times the users.

A read is measured twice: as the engine's call alone, and as the whole-Twitter load makes it, the platform's call with a
reader who touches every byte. The promise is about the second. All readers are others in every round, so that no page is
in the processor's cache because it was just measured; and rounds alternate with those of ten thousand people, so that
both see the same machine. All sizes are read by the code that the largest is read by.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from types import MappingProxyType

import numpy as np

from twitterlab.bench.plots import Line, Plot
from twitterlab.bench.report import Report
from twitterlab.bench.whole_twitter import Outcome
from twitterlab.errors import BadInput
from twitterlab.model.figure import Figure, Target
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.platform import Platform
from twitterlab.stage.whole_options import WholeOptions
from twitterlab.stage.whole_setup import Indexes, Whole, settle
from twitterlab.storage.arrays.accounts import FIRST_ID, ID_STEP
from twitterlab.storage.arrays.batches import ArrayBatches
from twitterlab.storage.arrays.gathering import Gathering, gathering_for
from twitterlab.storage.batches import NewTweets
from twitterlab.storage.stores import array_stores
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.live import LiveWorld, cpu_ns

SMALLEST, YARDSTICK = 1_000, 10_000
BATCHES, READERS, WRITERS = 60, 612, 120
"""A batch of readers is as large as one of the whole-Twitter load."""
ROUNDS = 5
"""The quickest of so many counts: what else the machine did is then mostly left out."""
READ = "service call home_pages, every byte read"


@dataclass(frozen=True, slots=True)
class Size:
    """What one population cost. Times in nanoseconds of processor time; `yardstick_ns`: a read of the small one beside."""

    users: int
    follows: int
    read_ns: float
    yardstick_ns: float
    engine_read_ns: float
    delivery_ns: float
    bytes_a_user: float
    bytes_a_follow: float


def run(options: WholeOptions) -> Report:
    """Populations of 1,000 and ten times more, up to `options.users`. BadInput for fewer than two sizes."""
    if options.users < 10 * SMALLEST:
        raise BadInput(f"{options.users} users give one size, no growth", f"Give {10 * SMALLEST:,} or more.")
    gathering = gathering_for(options.users)
    yardstick = settle(YARDSTICK, options.seed, lambda step, share: None)
    sizes, users = [], SMALLEST
    while users <= options.users:
        options.progress(f"{users:,} people", np.log10(users / SMALLEST) / (np.log10(options.users / SMALLEST) + 1))
        sizes.append(_measured(settle(users, options.seed, lambda step, share: None), yardstick, gathering))
        users *= 10
    return Report(
        0, sizes[-1].users, sizes[-1].follows, options.seed, {}, len(sizes) * ROUNDS * BATCHES, _figures(sizes, gathering.by),
        plots=_plots(sizes), blames=MappingProxyType({}),
    )  # fmt: skip


def _measured(whole: Whole, yardstick: Whole, gathering: Gathering) -> Size:
    state, rings = whole.state, whole.timelines.rings
    links = (state.followers_of.starts, state.followers_of.others, state.followed_by.starts, state.followed_by.others)
    linked = sum(array.nbytes for array in links)
    held = linked + sum(
        array.nbytes for array in (rings.lines, state.rows.newest, state.rows.records[: state.rows.count])
    )
    batches = ArrayBatches(state, whole.timelines)
    batches.gathering = gathering
    read_ns, yardstick_ns = asyncio.run(_read_ns(gathering, whole, yardstick))
    engine_ns = min(_engine_read_ns(batches, _readers(whole, ROUNDS + number)) for number in range(ROUNDS))
    delivery_ns = min(_delivery_ns(whole, batches, number) for number in range(ROUNDS))
    users = whole.population.users
    return Size(
        users, whole.follows, read_ns, yardstick_ns, engine_ns, delivery_ns, held / users, linked / whole.follows
    )  # fmt: skip


def _readers(whole: Whole, number: int) -> list[Indexes]:
    first = number * BATCHES
    return [whole.ids(whole.population.people(READERS, first + batch)) for batch in range(BATCHES)]


async def _read_ns(gathering: Gathering, *wholes: Whole) -> list[float]:
    """Of one page in a batch, by the platform's call, read to its last byte; of each, in turn. Nothing else runs."""
    platforms = []
    for whole in wholes:
        stores = array_stores(whole.state, whole.timelines)
        assert isinstance(stores.batches, ArrayBatches)
        stores.batches.gathering = gathering
        platforms.append(Platform(Blueprint(), LiveWorld(), stores, fake_redis()))
    least = [inf] * len(wholes)
    for number in range(ROUNDS):
        for place, whole in enumerate(wholes):
            readers, outcome = _readers(whole, number), Outcome()
            before_ns = cpu_ns()
            for users in readers:
                outcome.touch(await platforms[place].client.home_pages(users))
            least[place] = min(least[place], (cpu_ns() - before_ns) / (BATCHES * READERS))
    return least


def _engine_read_ns(batches: ArrayBatches, readers: Iterable[Indexes]) -> float:
    before_ns = cpu_ns()
    for users in readers:
        batches.pages(users, 20)
    return (cpu_ns() - before_ns) / (BATCHES * READERS)


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


def _figures(sizes: list[Size], by: str) -> tuple[Figure, ...]:
    def figure(name: str, unit: str, value: float, target: Target | None = None, note: str = "") -> Figure:
        return Figure(name, unit, value, "live", "arrays", target, note)

    last = sizes[-1]
    return (
        *(figure(f"reads_per_core_s_{size.users}", "reads/s", 1e9 / size.read_ns, note=f"{READ}; gathered by {by}") for size in sizes),
        *(figure(f"engine_read_ns_{size.users}", "ns", size.engine_read_ns, note="engine call pages") for size in sizes),
        *(figure(f"delivery_ns_{size.users}", "ns", size.delivery_ns, note="of processor time, fan-out") for size in sizes),
        *(figure(f"bytes_a_user_{size.users}", "B", size.bytes_a_user, note="all arrays") for size in sizes),
        *(figure(f"bytes_a_follow_{size.users}", "B", size.bytes_a_follow, note="both ways") for size in sizes),
        figure(
            "read_growth", "times", last.read_ns / last.yardstick_ns, Target("<=", 2),
            f"a read among {last.users:,} people against one among {YARDSTICK:,}, in turns",
        ),
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
    read = _exponent(sizes, [size.read_ns for size in sizes])
    held = _exponent(sizes, [size.bytes_a_user * size.users for size in sizes])
    times = (
        Line("a home page, engine", users, tuple(size.engine_read_ns for size in sizes)),
        Line("a home page, read", users, tuple(size.read_ns for size in sizes)),
        Line("a delivery", users, tuple(size.delivery_ns for size in sizes)),
    )
    memory = (Line("all arrays", users, tuple(size.bytes_a_user * size.users / 2**20 for size in sizes)),)
    return (
        Plot(f"Processor time: a page read ~ users ** {read:.2f}", "users", "ns", times, log_x=True, log_y=True),
        Plot(f"Memory ~ users ** {held:.2f}", "users", "MiB", memory, log_x=True, log_y=True),
    )
