"""Week 1 on stage: the live run of a whole platform, then an experiment a part."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from math import isnan
from pathlib import Path

from twitterlab.bench.finding import Finding
from twitterlab.bench.population import Graph, generate, read_graph
from twitterlab.bench.report import Report
from twitterlab.bench.workload import Operation, operations
from twitterlab.errors import BadInput
from twitterlab.model.figure import Figure, Target
from twitterlab.model.week import Week
from twitterlab.parts.blueprint import Blueprint
from twitterlab.stage.accidents import Accidents
from twitterlab.stage.drill import SECONDS, Drill
from twitterlab.stage.experiments import (
    expiry,
    growth,
    home_reads,
    machine_ids,
    percentiles,
    round_trips,
    worker_death,
    write_behind,
)
from twitterlab.stage.experiments.experiment import Experiment
from twitterlab.stage.live import BUSY_SHARE, LiveRun
from twitterlab.stage.live_figures import figures_of, waits_of
from twitterlab.stage.options import LabOptions
from twitterlab.stage.told import Told
from twitterlab.storage.engines import DEFAULT, open_engine
from twitterlab.world.live import LiveWorld
from twitterlab.world.trace import Trace

OPERATIONS = 10_000
TRIAL_OPERATIONS = 800
LIVE_SHARE = 0.75
"""Of the whole lab's time, for the progress bar."""

KEPT_IN_A_FAILOVER = ("lost_deliveries", "strange_deliveries")
"""The targets that hold whatever dies."""
BLAMES: Mapping[str, tuple[str, ...]] = {
    "home_read_ms_p99": ("schema", "cache"),
    "lost_deliveries": ("queue", "cache", "snowflake"),
    "repeated_deliveries": ("queue", "cache"),
    "strange_deliveries": ("cache", "schema"),
    "post_to_visible_ms_p99": ("queue", "cache"),
    "operations": ("snowflake", "schema"),
    "failed_operations": ("snowflake", "schema", "cache", "queue", "meter"),
    "id_collisions": ("snowflake",),
    "id_order_inversions": ("snowflake",),
    "write_through_lost": ("schema",),
    "home_page_growth_percent": ("schema",),
    "entries_past_ttl": ("cache",),
    "expiry_loads": ("cache",),
    "worker_death_lost": ("queue",),
    "worker_death_repeated": ("queue",),
    "merged_p99_error_percent": ("meter",),
    **{f"{slot}_experiments_failed": (slot,) for slot in ("snowflake", "schema", "cache", "queue", "meter")},
}
"""Figure to the parts that can spoil it, the likeliest first."""


NULL = Blueprint()
EXPERIMENTS = (
    Experiment(
        "two machines make ids",
        "snowflake",
        lambda mine, _, seed: machine_ids.run(mine.snowflake, NULL.snowflake, seed),
    ),
    Experiment(
        "acknowledged, then killed",
        "schema",
        lambda mine, folder, seed: write_behind.run(mine.schema(), folder, seed),
    ),
    Experiment("ten times the data", "schema", lambda mine, _, __: growth.run(mine.schema(), NULL.schema())),
    Experiment(
        "pull, push, cached",
        "cache",
        lambda mine, folder, seed: home_reads.run(mine.cache, mine.schema(), NULL.schema(), folder, seed),
    ),
    Experiment("one by one", "schema", lambda mine, folder, seed: round_trips.run(mine.schema(), folder, seed)),
    Experiment("entries grow old", "cache", lambda mine, _, seed: expiry.run(mine.cache, NULL.cache, seed)),
    Experiment(
        "a worker dies at every step", "queue", lambda mine, _, seed: worker_death.run(mine.queue, NULL.queue, seed)
    ),
    Experiment("percentiles of ten machines", "meter", lambda mine, _, seed: percentiles.run(mine.meter, seed)),
)


def run(week: Week, blueprint: Blueprint, options: LabOptions) -> Report:
    """The whole lab of Week 1. BadInput for options that cannot be run."""
    if options.lab is not None:
        raise BadInput("week 1 has one lab, with all its experiments", "Leave --lab out.")
    graph = population(week, options)
    options.progress("population", 0.0)
    with tempfile.TemporaryDirectory(prefix="twitterlab-") as folder:
        report = asyncio.run(_live(week, blueprint, options, graph, Path(folder)))
        findings, failed = _experiments(week, blueprint, options, Path(folder))
    options.progress("report", 0.99)
    figures = tuple(figure for finding in findings for figure in finding.figures)
    return replace(report, figures=(*report.figures, *figures, *failed), findings=(*report.findings, *findings))


def _experiments(
    week: Week, blueprint: Blueprint, options: LabOptions, folder: Path
) -> tuple[tuple[Finding, ...], tuple[Figure, ...]]:
    """What each found; a part that breaks in its experiments makes one missed figure with the reason."""
    findings: list[Finding] = []
    broken: dict[str, Accidents] = {}
    for number, experiment in enumerate(EXPERIMENTS):
        options.progress(experiment.name, LIVE_SHARE + (0.98 - LIVE_SHARE) * number / len(EXPERIMENTS))
        place = folder / str(number)
        place.mkdir()
        try:
            found = experiment.run(blueprint, place, options.seed)
        except Exception as error:
            broken.setdefault(experiment.slot, Accidents()).happened(error, experiment.name)
            continue
        figures = tuple(replace(figure, target=week.targets.get(figure.name)) for figure in found.figures)
        findings.append(replace(found, figures=figures))
    return tuple(findings), tuple(_failed(slot, accidents) for slot, accidents in broken.items())


def _failed(slot: str, accidents: Accidents) -> Figure:
    name, none = f"{slot}_experiments_failed", Target("==", 0)
    return Figure(name, "experiments", accidents.count, "simulated", "none", none, accidents.commonest())


def population(week: Week, options: LabOptions) -> Graph:
    """Who there is, and who follows whom."""
    if options.graph:
        return read_graph(options.graph, options.directed)
    return generate(week.users if options.users is None else options.users, options.seed)


def live(week: Week, blueprint: Blueprint, options: LabOptions, busy_share: float = BUSY_SHARE) -> Report:
    """The live run alone, without experiments, at a share of what the machine can do."""
    with tempfile.TemporaryDirectory(prefix="twitterlab-") as folder:
        return asyncio.run(_live(week, blueprint, options, population(week, options), Path(folder), busy_share))


async def _live(
    week: Week,
    blueprint: Blueprint,
    options: LabOptions,
    graph: Graph,
    folder: Path,
    busy_share: float = BUSY_SHARE,
) -> Report:
    trace = Trace()
    world = LiveWorld(options.seed, Told(trace, options.tell) if options.tell else trace)
    trial = list(operations(graph.users, TRIAL_OPERATIONS, 1.0, options.seed + TRIAL_OPERATIONS))

    seconds = SECONDS if options.failover and options.seconds is None else options.seconds

    def plan(rate_per_s: float) -> list[Operation]:
        count = OPERATIONS if seconds is None else max(1, round(seconds * rate_per_s))
        return list(operations(graph.users, count, rate_per_s, options.seed))

    async with open_engine(options.engine or DEFAULT, folder, blueprint.schema()) as (stores, redis):
        label = stores.engine
        drill = Drill(stores, redis, world) if options.failover else None
        run = LiveRun(
            blueprint,
            world,
            stores,
            redis,
            graph,
            lambda step, share: options.progress(step, LIVE_SHARE * share),
            orders=options.orders,
            busy_share=busy_share,
            beside=drill.run if drill is not None else None,
        )
        measured = await run.run(trial, plan)
    figures = tuple(_with_target(figure, week, options) for figure in figures_of(measured, label))
    findings: tuple[Finding, ...] = ()
    if drill is not None:
        figures += drill.figures(label, measured.judged.repeated)
        findings = (drill.finding(label, measured.judged.lost),)
    return Report(
        week.number, graph.users, len(graph.follows), options.seed, {}, measured.operations, figures, trace,
        (waits_of(measured),), _blames(measured.accidents), findings=findings,
    )  # fmt: skip


def _with_target(figure: Figure, week: Week, options: LabOptions) -> Figure:
    """Nothing measured is nothing missed, who chose how long people act has chosen how often, and who has a primary
    killed asks what is lost, not how long it takes."""
    is_chosen = figure.name == "operations" and (options.seconds is not None or options.failover)
    is_chosen = is_chosen or (options.failover and figure.name not in KEPT_IN_A_FAILOVER)
    target = None if is_chosen or isnan(figure.measured) else week.targets.get(figure.name)
    return replace(figure, target=target)


def _blames(accidents: Accidents) -> Mapping[str, tuple[str, ...]]:
    """What failed is the fault of those in whose code it failed, where that is known."""
    culprits = tuple(slot for slot, _ in accidents.culprits.most_common())
    return {**BLAMES, "failed_operations": culprits or BLAMES["failed_operations"]}
