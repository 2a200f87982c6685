"""`twitterlab simulate`, `replay`, `shrink`: a system in virtual time under faults, again, and smaller."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twitterlab.errors import BadInput

if TYPE_CHECKING:
    from twitterlab.model.fault import FaultPlan
    from twitterlab.stage.scenario import Outcome
    from twitterlab.stage.simulation import Judged

MOST_SEEDS = 1_000_000
SHOWN = 5
What = Annotated[
    list[str], typer.Argument(help="A scenario (primary-backup), a .py file, or: week 1.", metavar="SCENARIO")
]


def simulate(
    what: What,
    seed: Annotated[int, typer.Option(min=0, help="Decides everything that happens.")] = 1,
    seeds: Annotated[str | None, typer.Option(help="Many seeds, on all cores: 0..200.", metavar="A..B")] = None,
    faults: Annotated[
        Path | None, typer.Option(help="A fault plan to follow instead of drawn ones.", metavar="PLAN")
    ] = None,
    twice: Annotated[
        bool, typer.Option("--twice", help="Run it twice in unlike processes; name what differs.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for the run; runs/… if left out.", metavar="DIR")] = None,
    beside_live: Annotated[
        bool, typer.Option("--beside-live", help="A week: calibrate, run live, simulate the same load, compare.")
    ] = False,
) -> None:
    """Run a system in virtual time under faults, and hold it to its promises. Exit 1 where one is broken.

    Example: twitterlab simulate primary-backup-early-ack --seeds 0..200
    """
    from twitterlab.course.simulated import target_of

    target, plan = target_of(what), _plan(faults)
    if beside_live:
        _beside_live(target, seed, as_json, out)
    elif twice:
        _twice(target, seed)
    elif seeds is not None:
        _many(target, _range(seeds), plan, as_json)
    else:
        _one(target, seed, plan, as_json, out)


def replay(
    run: Annotated[
        str, typer.Argument(help="A run folder, or a seed together with --scenario.", metavar="RUN_OR_SEED")
    ],
    scenario: Annotated[str | None, typer.Option(help="Which scenario a seed belongs to.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")] = False,
) -> None:
    """Run a kept simulation again, event by event the same.

    Example: twitterlab replay runs/primary-backup-early-ack-seed56
    """
    from twitterlab.course.simulated import target_of
    from twitterlab.stage import simulation
    from twitterlab.stage.scenario import case_of
    from twitterlab.stage.scenario import run as run_case

    if run.isdigit() and not Path(run).exists():
        if scenario is None:
            raise BadInput("a seed alone does not say what ran", f"Try `twitterlab replay {run} --scenario NAME`.")
        found = simulation.find(target_of([scenario]))
        case, wanted = case_of(found, int(run)), ""
    else:
        name, case, wanted = simulation.load(Path(run))
        found = simulation.find(name)
    outcome = run_case(found, case)
    if wanted and outcome.trace_sha256 != wanted:
        typer.echo(f"twitterlab: this is not the same run: {outcome.trace_sha256[:12]}, not {wanted[:12]}. "
                   "The code has changed, or it depends on more than the seed: try --twice.", err=True)  # fmt: skip
    _tell(found, outcome, as_json)


def shrink(
    run: Annotated[Path, typer.Argument(help="The folder of a failed simulation.", metavar="RUN")],
    out: Annotated[Path | None, typer.Option(help="Folder for the small case; RUN-small if left out.")] = None,
) -> None:
    """Leave out everything that a failure does not need: calls, faults, time. Tells it as a story, and draws it.

    Example: twitterlab shrink runs/primary-backup-early-ack-seed56
    """
    from rich.console import Console

    from twitterlab.stage import simulation
    from twitterlab.stage.shrink import Shrinker

    name, case, _ = simulation.load(run)
    found = simulation.find(name)
    console = Console(stderr=True)
    with console.status("making it smaller") as status:
        shrinker = Shrinker(
            found, lambda small: status.update(f"{len(small.calls)} calls, {len(small.plan.faults)} faults")
        )
        try:
            outcome = shrinker.shrink(case)
        except ValueError as error:
            raise BadInput(str(error), "Only a run that failed can be made smaller.") from None
    folder = out or run.with_name(f"{run.name}-small")
    simulation.save(name, outcome, folder)
    _draw(found, outcome, folder)
    small = outcome.case
    typer.echo(f"{len(case.calls)} calls and {len(case.plan.faults)} faults became {len(small.calls)} and "
               f"{len(small.plan.faults)}, in {shrinker.runs} runs.")  # fmt: skip
    typer.echo("\n".join(simulation.story(found, outcome)))
    typer.echo(f"Drawn in {folder / 'history.html'}. Again: twitterlab replay {folder}")


def _one(target: str, seed: int, plan: FaultPlan | None, as_json: bool, out: Path | None) -> None:
    from twitterlab.bench import run_folder
    from twitterlab.stage import simulation
    from twitterlab.stage.scenario import case_of, run
    from twitterlab.world.trace import Trace

    found = simulation.find(target)
    trace = Trace(seed)
    outcome = run(found, case_of(found, seed, plan), trace)
    folder = out or _free(Path("runs"), f"{found.name}-seed{seed}")
    run_folder.write(simulation.report_of(found, outcome, trace), folder)
    simulation.save(target, outcome, folder)
    if outcome.violations:
        _draw(found, outcome, folder)
    _tell(found, outcome, as_json, folder)


def _tell(found: Any, outcome: Outcome, as_json: bool, folder: Path | None = None) -> None:
    from twitterlab.bench.document import to_document
    from twitterlab.stage import simulation
    from twitterlab.world.trace import Trace

    if as_json:
        report = to_document(simulation.report_of(found, outcome, Trace(outcome.case.seed)))
        said = {"violations": [f"{v.promise}: {v.happened}" for v in outcome.violations]}
        told = {"trace_sha256": outcome.trace_sha256, "trace_events": outcome.trace_events}
        typer.echo(json_format.dumps({**report, "scenario": found.name, **told, **said}, ensure_ascii=False))
    else:
        typer.echo(f"{found.name}, seed {outcome.case.seed}: {len(outcome.case.calls)} calls, "
                   f"{len(outcome.case.plan.faults)} faults, {outcome.trace_events:,} events")  # fmt: skip
        for violation in outcome.violations:
            typer.echo(f"broken: {violation.promise}: {violation.happened}")
        if not outcome.violations:
            typer.echo("Every promise was kept.")
        if folder is not None and outcome.violations:
            typer.echo(f"Smaller: twitterlab shrink {folder}\nAgain:   twitterlab replay {folder}")
    raise typer.Exit(1 if outcome.violations else 0)


def _many(target: str, seeds: range, plan: FaultPlan | None, as_json: bool) -> None:
    import hashlib

    from rich.console import Console
    from rich.progress import Progress

    from twitterlab.stage import simulation

    name = simulation.find(target).name
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as bar:
        task = bar.add_task(name, total=len(seeds))
        judged = simulation.run_seeds(target, seeds, plan, lambda done: bar.advance(task))
    failed = [one for one in judged if one.violations]
    events = sum(one.trace_events for one in judged)
    if as_json:
        whole = hashlib.sha256("".join(one.trace_sha256 for one in judged).encode()).hexdigest()
        typer.echo(json_format.dumps(_document(name, seeds, judged, failed, whole, events), ensure_ascii=False))
    else:
        typer.echo(f"{name}: {len(judged):,} seeds, {len(failed):,} broke a promise, {events:,} events")
        for one in failed[:SHOWN]:
            typer.echo(f"  seed {one.seed}: {one.violations[0]}")
        if failed:
            typer.echo(f"Look at one: twitterlab simulate {_typed(target)} --seed {failed[0].seed}")
    raise typer.Exit(1 if failed else 0)


def _document(
    target: str, seeds: range, judged: list[Judged], failed: list[Judged], sha256: str, events: int
) -> dict[str, Any]:
    from twitterlab.bench.document import to_document
    from twitterlab.bench.report import Report
    from twitterlab.model.figure import Figure, Target

    broken = Figure("seeds_that_broke_a_promise", "seeds", len(failed), "simulated", "simulated", Target("==", 0))
    calls = sum(one.calls for one in judged)
    answered = Figure(
        "answered", "%", 100 * sum(one.answered for one in judged) / max(1, calls), "simulated", "simulated"
    )
    report = to_document(Report(0, 0, 0, seeds.start, {}, calls, (broken, answered)))
    found = [{"seed": one.seed, "broken": list(one.violations)} for one in failed]
    told = {"trace_sha256": sha256, "trace_events": events, "violations": found}
    return {**report, "scenario": target, "seeds": [seeds.start, seeds.stop - 1], **told}


def _beside_live(target: str, seed: int, as_json: bool, out: Path | None) -> None:
    from twitterlab.bench import run_folder
    from twitterlab.bench.document import to_document
    from twitterlab.cli.progress import Bar
    from twitterlab.cli.week import print_report
    from twitterlab.course import simulated
    from twitterlab.stage.options import LabOptions

    with Bar("beside live") as bar:
        options = LabOptions(seed=seed, progress=bar.show)
        report = simulated.beside_live(target, options, f"twitterlab simulate {_typed(target)} --beside-live")
    folder = out or _free(Path("runs"), f"{target.rpartition(':')[2]}-beside-live-seed{seed}")
    run_folder.write(report, folder)
    if as_json:
        typer.echo(json_format.dumps(to_document(report), ensure_ascii=False, allow_nan=False))
    else:
        print_report(report, folder, title=f"Week {report.week}, live and simulated, seed {seed}")
    raise typer.Exit(0 if report.is_clean else 1)


def _twice(target: str, seed: int) -> None:
    from twitterlab.stage import simulation
    from twitterlab.world.twice import twice

    name = simulation.find(target).name
    compared = twice(f"twitterlab.stage.simulation_twice:{simulation.spelled(target)}", seed)
    if compared.is_deterministic:
        typer.echo(f"{name}, seed {seed}: {compared.events:,} events, twice the same")
        return
    typer.echo(f"{name}, seed {seed}: {compared.difference}")
    raise typer.Exit(1)


def _draw(found: Any, outcome: Outcome, folder: Path) -> None:
    """The page of the history, where there is a model to judge it by."""
    from twitterlab.bench.contradiction import contradiction
    from twitterlab.bench.history import parse_history
    from twitterlab.bench.history_page import history_page
    from twitterlab.bench.linearizability import check
    from twitterlab.bench.models import model_named

    if not getattr(found, "model", ""):
        return
    model = model_named(found.model)
    answer = check(parse_history(outcome.history, "history", model), model, limit_s=30.0)
    drawn = {key.key: contradiction(key.operations, model) for key in answer.invalid}
    (folder / "history.html").write_text(history_page(folder.name, answer, model, drawn), encoding="utf-8")


def _plan(path: Path | None) -> FaultPlan | None:
    from twitterlab.world.plan import from_json

    if path is None:
        return None
    try:
        return from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"cannot read the plan {path}: {error}", "Give a JSON file; see docs/reference/faults.md."
        ) from None


def _range(text: str) -> range:
    first, dots, last = text.partition("..")
    if not (dots and first.isdigit() and last.isdigit() and int(first) <= int(last) < int(first) + MOST_SEEDS):
        raise BadInput(f"{text!r} is no range of seeds", f"Write it as 0..200, at most {MOST_SEEDS:,} of them.")
    return range(int(first), int(last) + 1)


def _typed(target: str) -> str:
    """The words that name a scenario, as a reader types them."""
    return target.rpartition(":")[2].replace("week", "week ") if ":week" in target else target


def _free(folder: Path, name: str) -> Path:
    """`name` in `folder`, with a number where it is taken."""
    number, place = 1, folder / name
    while place.exists():
        number += 1
        place = folder / f"{name}-{number}"
    return place
