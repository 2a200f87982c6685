"""The live run of Week 1 in virtual time, and beside a live one: the same code, on a node whose time is calibrated.

    report = sim_week1.run(week, blueprint, options, profile)              # figures of the live lab, simulated
    compared = sim_week1.beside_live(live_report, simulated_report)        # p50 within 25 %, p99 within 50 %

`rate_per_s` says how many operations a second are offered; `rate_of` reads it off a live report. Faults belong to the
scenario `scenarios/week1.py`: a crash of the one process here would take people and bench along.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan
from pathlib import Path
from typing import Any, TypeVar

from twitterlab.bench.report import Report
from twitterlab.bench.workload import Action, Operation, operations
from twitterlab.errors import BadInput
from twitterlab.model.figure import Figure, Target
from twitterlab.model.week import Week
from twitterlab.parts.blueprint import Blueprint
from twitterlab.stage.calibration import measure
from twitterlab.stage.charging import Charging, Machine
from twitterlab.stage.costs import WatchedRun, watch_redis, watch_stores
from twitterlab.stage.live import Measured
from twitterlab.stage.live_figures import figures_of, waits_of
from twitterlab.stage.options import LabOptions
from twitterlab.stage.profile import Profile
from twitterlab.stage.week1 import BLAMES, OPERATIONS, TRIAL_OPERATIONS, live, population
from twitterlab.storage.stores import open_stores
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.samplers import Sampler
from twitterlab.world.sim import SimWorld
from twitterlab.world.trace import Trace

T = TypeVar("T")
RATE_PER_S = 500.0
"""Operations a second where nobody says how many."""
COMPARED_SHARE = 0.4
"""Of what the machine can do, where a simulated run is held beside a live one: near the limit both measure a queue,
and a machine that is 5 % slower for a moment has another one."""
LABEL = "sqlite+fakeredis, calibrated"
WITHIN_PERCENT: Mapping[str, float] = {"home_read_ms_p50": 25.0, "home_read_ms_p99": 50.0}
"""How far a simulated figure may be from the live one."""
COMPARED = (
    "home_read_ms_p50", "home_read_ms_p99", "post_to_visible_ms_p50", "post_to_visible_ms_p99", "gateway_ms_p99",
    "home_reads_per_s", "cache_hit_ratio",
)  # fmt: skip
NOT_COMPARED = 1e-9
"""A live figure this small has no percentages."""


class SimulatedRun(WatchedRun):
    """A live run whose acts cost the time of a node, at a rate that is given."""

    def __init__(self, rate_per_s: float, **run: Any) -> None:
        super().__init__(**run)
        self._rate_per_s = rate_per_s

    async def _rate(self, trial: Sequence[Operation]) -> float:
        """Given; the trial fills the caches, as it does live."""
        await super()._rate(trial)
        return self._rate_per_s

    async def try_out(self, trial: Sequence[Operation]) -> float:
        """What a live run would offer on this machine, and nothing else."""
        await self._populate()
        return await super()._rate(trial)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What people do, `count` times at whatever rate."""

    users: int
    count: int
    seed: int

    def at(self, rate_per_s: float) -> list[Operation]:
        return list(operations(self.users, self.count, rate_per_s, self.seed))


def run(
    week: Week,
    blueprint: Blueprint,
    options: LabOptions,
    profile: Profile,
    rate_per_s: float = RATE_PER_S,
    slowdown: float = 1.0,
) -> Report:
    """The open-loop run of the lab, simulated: figures by the names of the live ones, and the trace. The machine
    takes `slowdown` times as long as when the profile was measured.

    Equal arguments give an equal `trace.sha256`, in any process. BadInput for options that cannot be run.
    """
    if rate_per_s <= 0:
        raise BadInput(f"{rate_per_s:g} operations a second are none", "Offer more than 0.")

    async def story(run: SimulatedRun, trial: Sequence[Operation], plan: _Plan) -> Measured:
        return await run.run(trial, plan.at)

    trace, graph = Trace(options.seed), population(week, options)
    measured = _on_stage(week, blueprint, options, profile.samplers(), (rate_per_s, slowdown), trace, story)
    figures = tuple(_with_target(figure, week, options) for figure in figures_of(measured, LABEL))
    return Report(
        week.number, graph.users, len(graph.follows), options.seed, {}, measured.operations, figures, trace,
        (waits_of(measured),), BLAMES,
    )  # fmt: skip


def trial_rate(week: Week, blueprint: Blueprint, options: LabOptions, profile: Profile) -> float:
    """The rate that `live(…, COMPARED_SHARE)` would choose on the machine of the profile."""

    async def story(run: SimulatedRun, trial: Sequence[Operation], plan: _Plan) -> float:
        return await run.try_out(trial)

    options = replace(options, progress=_silent)
    return _on_stage(week, blueprint, options, profile.samplers(is_crowded=False), (RATE_PER_S, 1.0), Trace(), story)


Story = Callable[[SimulatedRun, Sequence[Operation], _Plan], Coroutine[Any, Any, T]]


def _on_stage(
    week: Week,
    blueprint: Blueprint,
    options: LabOptions,
    samplers: Mapping[str, Sampler],
    speeds: tuple[float, float],
    trace: Trace,
    story: Story[T],
) -> T:
    """A world with one machine, on which the story takes place. `speeds`: operations a second, and slowdown."""
    graph, world = population(week, options), SimWorld(options.seed, trace)
    node = world.nodes.add("app", profile=samplers)
    costs = Charging(node)
    rate_per_s, slowdown = speeds
    node.slow(slowdown)
    count = OPERATIONS if options.seconds is None else max(1, round(options.seconds * rate_per_s))
    trial = _Plan(graph.users, TRIAL_OPERATIONS, options.seed + TRIAL_OPERATIONS).at(1.0)
    plan = _Plan(graph.users, count, options.seed)

    async def main(folder: Path) -> T:
        stores = open_stores("sqlite", folder, blueprint.schema())
        try:
            run = SimulatedRun(
                rate_per_s, busy_share=COMPARED_SHARE, costs=costs, blueprint=blueprint, world=Machine(node), stores=watch_stores(stores, costs),
                redis=watch_redis(fake_redis(), costs), graph=graph, progress=options.progress,
            )  # fmt: skip
            told: T = await node.spawn(story(run, trial, plan), "live run")
            return told
        finally:
            await stores.close()

    with tempfile.TemporaryDirectory(prefix="twitterlab-") as folder:
        return world.run(main(Path(folder)))


def _silent(step: str, share: float) -> None:
    return None


def _with_target(figure: Figure, week: Week, options: LabOptions) -> Figure:
    """As in the live lab: nothing measured is nothing missed, and who chose the time has chosen how often."""
    is_chosen = figure.name == "operations" and options.seconds is not None
    target = None if is_chosen or isnan(figure.measured) else week.targets.get(figure.name)
    return replace(figure, source="simulated", target=target)


def run_beside_live(week: Week, blueprint: Blueprint, options: LabOptions, command: str) -> Report:
    """Calibrate, run live, simulate the same load, compare: about a minute.

    A machine is not always as fast. How fast it is now is told by the trial with which a live run begins; the
    simulated machine is as much slower than calibrated as its own trial says.
    """
    tell = options.progress
    profile = measure(blueprint, lambda step, share: tell(f"calibration: {step}", 0.35 * share), command)
    real_options = replace(options, progress=lambda step, share: tell(f"live: {step}", 0.35 + 0.35 * share))
    real = live(week, blueprint, real_options, COMPARED_SHARE)
    drawn_options = replace(options, progress=lambda step, share: tell(f"simulated: {step}", 0.7 + 0.29 * share))
    slowdown = trial_rate(week, blueprint, options, profile) / rate_of(real)
    drawn = run(week, blueprint, drawn_options, profile, rate_of(real), slowdown)
    compared = beside_live(real, drawn)
    return replace(compared, figures=(*compared.figures, _slowdown(slowdown)))


def _slowdown(slowdown: float) -> Figure:
    note = "the trial of the live run beside the same trial at the calibrated speed"
    return Figure("machine_slowdown", "times", slowdown, "live", LABEL, note=note)


def rate_of(real: Report) -> float:
    """Operations a second that a live run offered: what its people did, over how long that took them."""
    reads_per_s = _figure(real, "home_reads_per_s").measured
    schedule = _Plan(real.users, real.operations, real.seed).at(1.0)
    reads = sum(operation.action is Action.READ for operation in schedule)
    if not reads or not reads_per_s > 0:
        raise BadInput("nobody read in the live run", "Run it for longer.")
    return schedule[-1].at_ns / 1e9 * reads_per_s / reads


def beside_live(real: Report, simulated: Report) -> Report:
    """One report with both: each figure as it was live, as it was simulated, and the error in percent of the live
    one. Errors of home reads have targets: p50 within 25 %, p99 within 50 %."""
    figures = [figure for name in COMPARED for figure in _compared(name, real, simulated)]
    broken = [figure for figure in simulated.figures if figure.target and figure.target.comparison == "=="]
    return replace(simulated, figures=(*figures, *broken), plots=(*real.plots, *simulated.plots))


def _compared(name: str, real: Report, simulated: Report) -> tuple[Figure, ...]:
    was, drawn = _figure(real, name), _figure(simulated, name)
    error = 100 * abs(drawn.measured - was.measured) / max(abs(was.measured), NOT_COMPARED)
    bound = WITHIN_PERCENT.get(name)
    target = None if bound is None else Target("<=", bound)
    return (
        replace(was, name=f"live_{name}", target=None),
        replace(drawn, name=f"simulated_{name}", target=None),
        Figure(f"{name}_error", "%", error, "simulated", LABEL, target, "of the live figure"),
    )


def _figure(report: Report, name: str) -> Figure:
    for figure in report.figures:
        if figure.name == name:
            return figure
    raise BadInput(f"the run has no figure {name}", "Take a report of `twitterlab week 1`.")
