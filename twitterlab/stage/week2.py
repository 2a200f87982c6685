"""Week 2 on stage: a hundred thousand people on three continents, one of which goes dark; and six experiments.

The main run is simulated message by message. Its inputs: round trips between the continents as measured (see
`world/places.py`), what a machine's work costs from the calibrated profile, a population of one seed, an open-loop
crowd. The experiments, `LABS`, are runs of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module

from twitterlab.bench.finding import Finding
from twitterlab.bench.plots import Line, Plot
from twitterlab.bench.report import Report
from twitterlab.errors import BadInput
from twitterlab.model.fault import Crash, FaultPlan, Scheduled
from twitterlab.model.figure import Figure
from twitterlab.model.week import Week
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.ring import Member
from twitterlab.platform.regional.layout import Layout, machine
from twitterlab.stage.breaking import Orders
from twitterlab.stage.experiments.experiment import Experiment
from twitterlab.stage.options import LabOptions
from twitterlab.stage.regional import judging
from twitterlab.stage.regional.heard import HeardTrace
from twitterlab.stage.regional.labs import continents_apart, distances, joins, losses, resharding, storm
from twitterlab.stage.regional.orders import ORDERS
from twitterlab.stage.regional.pacing import Paced
from twitterlab.stage.regional.run import Progress, Run, start_ms
from twitterlab.stage.regional.snapshot import Snapshot
from twitterlab.stage.regional.watching import nothing_yet
from twitterlab.world.live import stand_still, stopwatch_ns
from twitterlab.world.trace import Trace

SECONDS, LOSS_S, DARK_S = 420.0, 100, 90
LOST = "europe"
FOLLOWED = 20
"""One request in so many is followed from machine to machine in the trace."""
LAB_USERS, NOTEBOOK_USERS = 20_000, 5_000
"""People of an experiment that needs some."""
BLAMES: Mapping[str, tuple[str, ...]] = {
    "home_read_ms_p99_america": ("ring", "shards", "balancer"),
    "home_read_ms_p99_europe": ("ring", "shards", "balancer"),
    "home_read_ms_p99_asia": ("ring", "shards", "balancer"),
    "served_through_region_loss": ("balancer", "ring", "shards"),
    "acknowledged_writes_lost": ("replica", "ring"),
    "replicas_converged": ("replica", "ring"),
    "likes_invented": ("replica",),
    "edge_hit_ratio": ("edge_cache",),
    "ring_live_keys_moved_between_old": ("ring",),
    **{
        f"{way}_{what}": ("shards",)
        for way in ("plan", "crashed")
        for what in (
            "is_finished",
            "invisible",
            "doubled",
            "invented",
            "back",
            "tweets_lost",
            "tweets_on_two_servers",
            "tweets_back",
            "keys_left_over",
        )
    },
}


def run(week: Week, blueprint: Blueprint, options: LabOptions) -> Report:
    """The main run of Week 2. BadInput for options that cannot be run."""
    if options.lab is not None:
        return _lab(week, blueprint, options, options.lab)
    if options.engine not in SIMULATED:
        raise BadInput(f"week 2's main run is simulated, not on {options.engine}", f"Leave --engine out. {_live()}")
    if options.graph is not None:
        raise BadInput("week 2 makes its own population", "Leave --graph out, or give --users.")
    seconds = SECONDS if options.seconds is None else options.seconds
    loss_s = round(LOSS_S * seconds / SECONDS)
    options.progress("population", 0.0)
    if options.tell:
        options.tell((0, "regions", nothing_yet(Layout())))
    snapshot = Snapshot(options.users or week.users, options.seed, start_ms())
    trace = HeardTrace(options.seed, options.tell, FOLLOWED) if options.tell else Trace(options.seed, one_in=FOLLOWED)
    main = Run(
        blueprint, snapshot, options.seed, seconds, _goes_dark(seconds, loss_s), steady_until_s=loss_s, trace=trace,
        progress=lambda share: options.progress("three continents", 0.02 + 0.96 * share),
    )  # fmt: skip
    if options.orders is not None:
        main.orders = Paced(Orders(options.orders), stopwatch_ns, stand_still)
        if options.tell:
            options.tell((0, "breakable", {"what": list(ORDERS)}))
    main.go()
    options.progress("report", 0.99)
    figures = [
        *judging.latencies(main), *judging.loss(main, loss_s, LOST), *judging.promises(main), *judging.edges(main),
        *judging.load(main), *keys_moved(blueprint, main), *_sizes(main, snapshot),
    ]  # fmt: skip
    if main.obeyed:
        figures.append(judging.figure("orders", "orders", main.obeyed, "given while it ran: they are in the figures"))
    with_targets = tuple(replace(figure, target=week.targets.get(figure.name)) for figure in figures)
    operations = sum(sum(seconds.begun) for seconds in main.by_continent.values())
    return Report(
        week.number, snapshot.users, snapshot.follows, options.seed, {}, operations, with_targets, trace,
        (_served_by_second(main, loss_s),), BLAMES,
    )  # fmt: skip


LABS: Mapping[str, Callable[[Blueprint, LabOptions, Progress], Finding]] = {
    "a": lambda system, options, _: joins.run(system, options.seed),
    "b": lambda system, options, progress: resharding.run(system, options.seed, progress),
    "c": lambda system, options, progress: losses.run(system, _people(options), options.seed, progress),
    "d": lambda system, options, progress: continents_apart.run(system, _people(options), options.seed, progress),
    "e": lambda system, options, progress: distances.run(system, _people(options), options.seed, progress),
    "f": lambda system, options, _: storm.run(system, options.seed),
}

SIMULATED = (None, "memory", "embedded")
PEOPLED = "cde"
"""Experiments for which a population is made."""
LIVE: Mapping[tuple[str, str], str] = {
    ("a", "valkey-cluster"): "cluster_ring",
    ("b", "valkey-cluster"): "cluster_reshard",
    ("c", "envoy"): "envoy_ejection",
    ("e", "postgres"): "postgres_regions",
    ("f", "envoy"): "envoy_cache",
}
"""The experiments on real servers: modules of `stage/regional/live`, loaded when they are asked for."""


def _silent(share: float) -> None:
    return None


def _experiment(name: str, slot: str, letter: str) -> Experiment:
    return Experiment(
        name, slot, lambda system, _, seed: LABS[letter](system, LabOptions(users=NOTEBOOK_USERS, seed=seed), _silent)
    )


EXPERIMENTS = (
    _experiment("machines join", "ring", "a"),
    _experiment("four shards become five", "shards", "b"),
    _experiment("a shard, a zone, a continent goes dark", "balancer", "c"),
    _experiment("continents apart", "replica", "d"),
    _experiment("far away", "balancer", "e"),
    _experiment("a storm of purges", "edge_cache", "f"),
)


def _lab(week: Week, blueprint: Blueprint, options: LabOptions, name: str) -> Report:
    """One experiment. BadInput for a letter that is none, and an engine it does not run on."""
    if name not in LABS:
        raise BadInput(f"week {week.number} has no lab {name!r}", f"Choose one of {', '.join(LABS)}.")
    engine, run_it = _chosen(name, options.engine)
    title = f"lab {name}" if engine is None else f"lab {name} on {engine}"
    options.progress(title, 0.0)
    found = run_it(blueprint, options, lambda share: options.progress(title, 0.99 * share))
    figures = tuple(replace(figure, target=week.targets.get(figure.name, figure.target)) for figure in found.figures)
    found = replace(found, figures=figures)
    people = (options.users or LAB_USERS) if engine is None and name in PEOPLED else 0
    return Report(week.number, people, 0, options.seed, {}, 0, figures, Trace(options.seed), (), BLAMES, (found,))


Lab = Callable[[Blueprint, LabOptions, Progress], Finding]


def _chosen(name: str, asked: str | None) -> tuple[str | None, Lab]:
    """The engine an experiment is to run on, None where it is simulated, and how. `real`: whichever it can."""
    if asked in SIMULATED:
        return None, LABS[name]
    for (letter, engine), module in LIVE.items():
        if letter == name and asked in (engine, "real"):
            return engine, import_module(f"twitterlab.stage.regional.live.{module}").run
    where = "real servers" if asked == "real" else asked
    raise BadInput(f"lab {name} does not run on {where}", f"Leave --engine out: it is simulated. {_live()}")


def _live() -> str:
    return f"On real servers: {', '.join(f'--lab {name} on {engine}' for name, engine in LIVE)}."


def _people(options: LabOptions) -> Snapshot:
    return Snapshot(options.users or LAB_USERS, options.seed, start_ms())


def keys_moved(blueprint: Blueprint, main: Run) -> list[Figure]:
    """Of all people, those whose shard would change if one more joined; ideal is one in the new number."""
    members = main.layout.members
    ring, users = blueprint.ring(members), range(main.snapshot.users)
    before = [ring.owners(user)[0] for user in users]
    ring.add(Member(f"s{len(members) + 1}", "a"))
    moved = sum(ring.owners(user)[0] != owner for user, owner in zip(users, before, strict=True))
    ideal = 100 / (len(members) + 1)
    return [judging.figure("keys_moved_on_join", "%", 100 * moved / len(users), f"ideal is {ideal:.1f} %")]


def _goes_dark(seconds: float, loss_s: int) -> FaultPlan:
    """All machines of a continent lose power for a while; its people stay."""
    dark_ms = 1_000 * DARK_S * min(1.0, seconds / SECONDS)
    names = tuple(machine(LOST, name) for name in ("s1", "s2", "s3", "s4", "s5", "s6", "g1", "g2", "e1"))
    fault = Scheduled(loss_s * 1_000, Crash(loses_power=True), names, dark_ms)
    return FaultPlan((fault,), heal_ms=seconds * 1_000, until_ms=seconds * 1_000)


def _sizes(main: Run, snapshot: Snapshot) -> list[Figure]:
    """How much there was to do."""
    home = sum(each.latency["home"].count for each in main.by_continent.values() if "home" in each.latency)
    return [
        judging.figure("home_reads_per_s", "1/s", home / main.seconds),
        judging.figure("posts_per_s", "1/s", len(main.told.ledger.posts) / main.seconds),
        judging.figure("mean_followers", "people", snapshot.follows / snapshot.users),
    ]


def _served_by_second(main: Run, loss_s: int) -> Plot:
    """For each continent, the share of requests that were served at the first try."""
    lines = []
    for name, seconds in main.by_continent.items():
        at = [second for second, begun in enumerate(seconds.begun) if begun]
        share = tuple(100 * seconds.first[second] / seconds.begun[second] for second in at)
        lines.append(Line(name, tuple(map(float, at)), share))
    return Plot(
        f"{LOST} goes dark after {loss_s} s: served at the first try", "seconds", "% of requests", tuple(lines)
    )  # fmt: skip
