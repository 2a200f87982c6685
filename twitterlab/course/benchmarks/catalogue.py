"""The one list of benchmarks: what each measures, against which yardstick, and what it must come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Literal, cast

from twitterlab.course.benchmarks.contest import Prepare
from twitterlab.world.live import cpu_ns, stopwatch_ns


@dataclass(frozen=True, slots=True)
class Benchmark:
    """`least`: the ratio of the two rates must be at least that. `most`: bounds of counts, which hold on any machine.
    `clock`: processor time of this process, or what a clock on the wall shows."""

    name: str
    ours: str
    yardstick: str
    least: float
    most: Mapping[str, float] = field(default_factory=dict)
    clock: Literal["processor", "wall"] = "processor"

    def prepare(self) -> Prepare:
        """Loaded when it is needed."""
        module = import_module(f"twitterlab.course.benchmarks.{self.name.replace('-', '_')}")
        return cast(Prepare, module.prepare)

    def now_ns(self) -> Callable[[], int]:
        return cpu_ns if self.clock == "processor" else stopwatch_ns


BENCHMARKS: Mapping[str, Benchmark] = {
    benchmark.name: benchmark
    for benchmark in (
        Benchmark(
            "timelines", "home pages of 20 in columns, a thousand at a time",
            "a deque of ids a person and a dictionary of tweets", 1.5, {"objects a page": 2},
        ),
        Benchmark(
            "fan-out", "deliveries of a batch of tweets", "an append to each follower's deque", 0.8,
            {"lost deliveries": 0},
        ),
        Benchmark("ids", "ids of the snowflake part", "uuid.uuid4", 1.2, {"ids twice": 0, "bits of an id": 63}),
        Benchmark(
            "cache", "hits of the cache part", "its LRANGE by hand on the same fakeredis", 0.3,
            {"commands a hit": 3, "loads of a stampede": 1},
        ),
        Benchmark(
            "ring", "owners of keys, 50 members of 100 virtual nodes", "uhashring with as many", 1.0,
            {
                "max/mean": 1.4, "keys moved between old members": 0, "% that the mean join is off": 2,
                "owners that differ in another process": 0,
            },
        ),
        Benchmark(
            "queue", "events through the queue part", "XADD, XREADGROUP and XACK by hand on fakeredis", 0.1,
            {"events lost": 0, "deliveries twice": 0, "commands an event": 8},
        ),
        Benchmark(
            "search", "newest 20 tweets with a rare word, SQLite's index", "LIKE over the same tweets in SQLite", 2.0,
            {"wrong answers": 0, "steps a page, ten times the tweets": 3},
        ),
        Benchmark(
            "simulation", "customers of an M/M/1 queue on the kernel", "the same in SimPy", 4.0, {"events a customer": 2},
        ),
        Benchmark(
            "checkers", "operations judged linearizable", "a replay of the same operations on the model", 0.03,
            {"wrong verdicts": 0},
        ),
        Benchmark(
            "check", "day 1.1 graded, from the command to the last verdict", "pytest on a file with one empty test", 1.0,
            {"checks failed": 0}, clock="wall",
        ),
        Benchmark(
            "home-over-http", "home timelines of 20 tweets over HTTP", "a hello behind the same server", 0.03, clock="wall",
        ),
        Benchmark(
            "live-sockets", "one tweet to 5,000 WebSockets, from the request to the last",
            "the same bytes to as many bare ones", 0.03, {"KiB a socket": 64}, clock="wall",
        ),
        Benchmark(
            "home-over-valkey", "home timelines of 20 ids through the cache on Valkey", "the bare redis-py calls it makes",
            0.35, {"round trips a page": 1, "commands a page": 2}, clock="wall",
        ),
        Benchmark("cli", "`twitterlab --help`", "Python importing typer", 0.4, {"heavy modules": 0}, clock="wall"),
    )
}  # fmt: skip
