"""Week 1 on stage: the live run of a whole platform."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from twitterlab.bench.population import Graph, generate, read_graph
from twitterlab.bench.report import Report, Trace
from twitterlab.bench.workload import Action, Operation, operations, text_of
from twitterlab.errors import Failure
from twitterlab.model.figure import Figure
from twitterlab.model.week import Week
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.platform import Platform
from twitterlab.stage.experiments import expiry, machine_ids, percentiles, worker_death, write_behind
from twitterlab.stage.finding import Finding
from twitterlab.stage.options import LabOptions
from twitterlab.storage.engines import DEFAULT, open_engine
from twitterlab.storage.stores import Stores
from twitterlab.world.live import LiveWorld

OPERATIONS = 10_000
BLAMES: Mapping[str, tuple[str, ...]] = {
    "home_read_ms_p99": ("schema", "cache"),
    "lost_deliveries": ("queue", "snowflake", "cache"),
    "repeated_deliveries": ("queue",),
    "post_to_visible_ms_p99": ("queue",),
    "operations": ("snowflake", "schema"),
}
"""Figure to the parts that can spoil it, the likeliest first."""


def run(week: Week, blueprint: Blueprint, reference: Blueprint, options: LabOptions) -> Report:
    """The whole lab of Week 1: the live run, then the experiments."""
    options.progress("population", 0.0)
    graph = (
        read_graph(options.graph, options.directed)
        if options.graph
        else generate(options.users or week.users, options.seed)
    )
    with tempfile.TemporaryDirectory(prefix="twitterlab-") as folder:
        report = asyncio.run(_live(week, blueprint, reference, options, graph, Path(folder)))
        findings = []
        for number, (name, experiment) in enumerate(EXPERIMENTS.items()):
            options.progress(name, 0.6 + 0.4 * number / len(EXPERIMENTS))
            findings.append(experiment(blueprint, Path(folder), options.seed))
    figures = tuple(
        replace(figure, target=week.targets.get(figure.name)) for finding in findings for figure in finding.figures
    )
    plots = tuple(plot for finding in findings for plot in finding.plots)
    options.progress("done", 1.0)
    return replace(report, figures=report.figures + figures, plots=report.plots + plots)


NULL = Blueprint()
Experiment = Callable[[Blueprint, Path, int], Finding]
EXPERIMENTS: Mapping[str, Experiment] = {
    "two machines make ids": lambda mine, _, seed: machine_ids.run(mine.snowflake, NULL.snowflake, seed),
    "acknowledged, then killed": lambda mine, folder, seed: write_behind.run(mine.schema(), folder, seed),
    "entries grow old": lambda mine, _, seed: expiry.run(mine.cache, seed),
    "a worker dies at every step": lambda mine, _, seed: worker_death.run(mine.queue, NULL.queue, seed),
    "percentiles of ten machines": lambda mine, _, seed: percentiles.run(mine.meter, seed),
}


async def _live(
    week: Week, blueprint: Blueprint, reference: Blueprint, options: LabOptions, graph: Graph, folder: Path
) -> Report:
    trace = Trace()
    world = LiveWorld(options.seed, trace)
    async with open_engine(options.engine or DEFAULT, folder, blueprint.schema()) as (stores, redis):
        label = stores.engine
        platform = Platform(blueprint, world, stores, redis)
        drive = Drive(platform, stores, world, graph)
        await drive.populate()
        await drive.act(operations(graph.users, OPERATIONS, 1_000, options.seed), options.progress)
        await platform.drain()
        options.progress("oracle", 0.55)
        lost = await drive.lost()
        measured = drive.measured() | {
            "lost_deliveries": float(lost),
            "repeated_deliveries": float(platform.fanout.repeated),
        }
    figures = tuple(
        Figure(name, UNITS[name], value, world.source, label, week.targets.get(name))
        for name, value in measured.items()
    )
    parts = {
        slot: "solution" if getattr(blueprint, slot) is getattr(reference, slot) else "mine"
        for slot in blueprint.__slots__
    }
    return Report(
        week.number, graph.users, len(graph.follows), options.seed, parts, drive.done, figures, trace, (), BLAMES
    )


UNITS: Mapping[str, str] = {
    "operations": "operations",
    "home_read_ms_p50": "ms",
    "home_read_ms_p99": "ms",
    "home_reads_per_s": "reads/s",
    "posts_per_s": "posts/s",
    "lost_deliveries": "deliveries",
    "repeated_deliveries": "deliveries",
}


class Drive:
    """Acts a workload out against the platform's client, and remembers what was acknowledged."""

    def __init__(self, platform: Any, stores: Stores, world: LiveWorld, graph: Graph) -> None:
        self._platform, self._stores, self._world, self._graph = platform, stores, world, graph
        self.ids: list[int] = []
        self.done = 0
        self.latencies_ns: dict[Action, list[int]] = {action: [] for action in Action}
        self.errors: Counter[str] = Counter()
        self._seen: dict[int, list[int]] = {}

    async def populate(self) -> None:
        """Sign everybody up and load who follows whom."""
        for index in range(self._graph.users):
            user = await self._platform.client.sign_up(f"user{index}", f"User {index}", "")
            self.ids.append(user.id)
        pairs = [(self.ids[a], self.ids[b]) for a, b in self._graph.follows]
        await self._stores.follows.follow_many(pairs, self._world.clock.now_ms())

    async def act(self, planned: Any, progress: Callable[[str, float], None]) -> None:
        """One operation after the other, relaying and delivering in between."""
        for number, operation in enumerate(planned):
            start = self._world.stopwatch_ns()
            try:
                await self._one(operation)
            except Failure as failure:
                self.errors[failure.reason] += 1
            self.latencies_ns[operation.action].append(self._world.stopwatch_ns() - start)
            self.done += 1
            if operation.action is Action.POST:
                await self._platform.step()
            if number % 500 == 0:
                progress("live run", 0.05 + 0.5 * number / OPERATIONS)

    async def _one(self, operation: Operation) -> None:
        client, me = self._platform.client, self.ids[operation.user]
        if operation.action is Action.READ:
            page = await client.home(me)
            self._seen[me] = [view.tweet.id for view in page.items]
        elif operation.action is Action.POST:
            tweet = await client.post(me, text_of(operation))
            self._world.emit("post", tweet_id=tweet.id, author_id=me)
        elif operation.action is Action.LIKE:
            if seen := self._seen.get(me):
                await client.like(me, seen[int(operation.pick * len(seen))])
        elif operation.action is Action.FOLLOW:
            if operation.other != operation.user:
                await client.follow(me, self.ids[operation.other])
        else:
            await client.search(me, operation.word)

    async def lost(self) -> int:
        """Tweets that the naive pull shows and the home timeline does not, over everybody's first page."""
        lost = 0
        for me in self.ids:
            expected = await self._stores.tweets.home(me, 2**63 - 1, 20)
            shown = {view.tweet.id for view in (await self._platform.client.home(me)).items}
            lost += len(set(expected) - shown)
        return lost

    def measured(self) -> dict[str, float]:
        """Figures of the run."""
        reads, posts = sorted(self.latencies_ns[Action.READ]), self.latencies_ns[Action.POST]
        return {
            "operations": float(self.done),
            "home_read_ms_p50": reads[len(reads) // 2] / 1e6 if reads else 0.0,
            "home_read_ms_p99": reads[len(reads) * 99 // 100] / 1e6 if reads else 0.0,
            "home_reads_per_s": len(reads) / max(sum(reads) / 1e9, 1e-9),
            "posts_per_s": len(posts) / max(sum(posts) / 1e9, 1e-9),
        }
