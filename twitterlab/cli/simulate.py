"""`twitterlab simulate`: a system in virtual time, under faults."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twitterlab.errors import BadInput

if TYPE_CHECKING:
    from twitterlab.course.simulations import Simulations
    from twitterlab.model.fault import FaultPlan

MOST_SEEDS = 1_000_000
SHOWN = 5
APART = {
    "--beside-live": ("--twice", "--seeds", "--faults"),
    "--twice": ("--seeds", "--faults", "--out"),
    "--seeds": ("--out",),
}
"""Options that do not go together."""
What = Annotated[
    list[str], typer.Argument(help="A scenario (primary-backup), a .py file, or: week 1.", metavar="SCENARIO")
]


def simulate(
    what: What,
    mine: Annotated[
        bool, typer.Option("--mine", help="A week, or reshard: with the parts in exercises/ you have begun.")
    ] = False,
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
    from twitterlab.cli import told
    from twitterlab.course import simulations

    _check_options(
        {"--beside-live": beside_live, "--twice": twice, "--seeds": seeds is not None, "--out": out is not None,
         "--faults": faults is not None}
    )  # fmt: skip
    many, plan, asked = seeds and _range(seeds), _plan(faults), simulations.named(what, mine)
    with told.stopped_parts():
        if beside_live:
            _beside_live(asked, seed, as_json, out)
        elif twice:
            _twice(asked, seed, as_json)
        elif many:
            _many(asked, many, plan, as_json)
        else:
            folder = out or told.run_folder(f"{_name(asked)}-seed{seed}")
            told.tell(asked.simulate(seed, plan, folder), as_json, folder)


def _check_options(given: dict[str, bool]) -> None:
    """BadInput for two options that do not go together: neither is left out in silence."""
    for one, others in APART.items():
        for other in others:
            if given[one] and given[other]:
                raise BadInput(f"{one} does not go with {other}", "Try one of them at a time.")


def _many(asked: Simulations, seeds: range, plan: FaultPlan | None, as_json: bool) -> None:
    import json

    from rich.console import Console
    from rich.progress import Progress

    from twitterlab.cli import told

    name = _name(asked)
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as bar:
        task = bar.add_task(name, total=len(seeds))
        judged = asked.simulate_many(seeds, plan, lambda done: bar.advance(task))
    failed = [one for one in judged if one.violations]
    if as_json:
        typer.echo(json.dumps(told.many_document(name, seeds, judged, failed), ensure_ascii=False))
    else:
        events = sum(one.trace_events for one in judged)
        typer.echo(f"{name}: {len(judged):,} seeds, {len(failed):,} broke a promise, {events:,} events")
        missed = [one for one in judged if one.missed]
        for one in missed[:1]:
            typer.echo(f"  not done in {len(missed):,} of them: {one.missed[0]}")
        for one in failed[:SHOWN]:
            typer.echo(f"  seed {one.seed}: {one.violations[0]}")
        if failed:
            typer.echo(f"Look at one: twitterlab simulate {told.typed(asked.target)} --seed {failed[0].seed}")
    raise typer.Exit(1 if failed else 0)


def _twice(asked: Simulations, seed: int, as_json: bool) -> None:
    import json
    from dataclasses import asdict

    name, compared = _name(asked), asked.twice(seed)
    if as_json:
        typer.echo(json.dumps({"scenario": name, **asdict(compared), "is_deterministic": compared.is_deterministic}))
    elif compared.is_deterministic:
        typer.echo(f"{name}, seed {seed}: {compared.events:,} events, twice the same")
    else:
        typer.echo(f"{name}, seed {seed}: {compared.difference}")
    raise typer.Exit(0 if compared.is_deterministic else 1)


def _beside_live(asked: Simulations, seed: int, as_json: bool, out: Path | None) -> None:
    import json

    from twitterlab.bench import run_folder
    from twitterlab.bench.document import to_document
    from twitterlab.cli import told
    from twitterlab.cli.progress import Bar
    from twitterlab.cli.week import print_report
    from twitterlab.stage.options import LabOptions

    with Bar("beside live") as bar:
        options = LabOptions(seed=seed, progress=bar.show)
        report = asked.beside_live(options, f"twitterlab simulate {told.typed(asked.target)} --beside-live")
    folder = out or told.run_folder(f"{_name(asked)}-beside-live-seed{seed}")
    run_folder.write(report, folder)
    if as_json:
        typer.echo(json.dumps(to_document(report), ensure_ascii=False, allow_nan=False))
    else:
        print_report(report, folder, title=f"Week {report.week}, live and simulated, seed {seed}")
    raise typer.Exit(0 if report.is_clean else 1)


def _name(asked: Simulations) -> str:
    """What a run of it is called."""
    from twitterlab.course import simulated
    from twitterlab.stage import simulation

    if simulated.is_mine(asked.target):
        return f"my-{simulated.name_of(asked.target)}"
    return simulation.find(asked.target).name


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
