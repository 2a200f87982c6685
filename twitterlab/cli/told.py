"""How `simulate`, `replay` and `shrink` name runs and print them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from twitterlab.stage.told_run import ToldRun


def tell(told: ToldRun, as_json: bool, folder: Path | None = None) -> None:
    """Print a run, and end with its exit code: 1 where a promise is broken."""
    if as_json:
        import json

        typer.echo(json.dumps(told.document(), ensure_ascii=False, allow_nan=False))
        raise typer.Exit(1 if told.violations else 0)
    typer.echo(f"{told.scenario}, seed {told.seed}: {told.calls} calls, {told.faults} faults, "
               f"{told.trace_events:,} events")  # fmt: skip
    if parts := told.report["parts"]:
        typer.echo(
            "Parts: " + ", ".join(f"{slot} ({use['whose']}, {use['calls']:,} calls)" for slot, use in parts.items())
        )
    for missed in told.missed:
        typer.echo(f"not done: {missed}")
    for violation in told.violations:
        typer.echo(f"broken: {violation}")
    if not told.violations:
        typer.echo("Every promise was kept.")
    elif folder is not None:
        typer.echo(f"Smaller: twitterlab shrink {folder}\nAgain:   twitterlab replay {folder}")
    raise typer.Exit(1 if told.violations else 0)


def typed(target: str) -> str:
    """The words that name a scenario, as a reader types them."""
    if ":" not in target:
        return target
    name = target.rpartition(":")[2]
    words = name.removeprefix("my_").replace("week", "week ")
    return f"{words} --mine" if name.startswith("my_") else words


def run_folder(name: str) -> Path:
    """A folder for a run that has none yet: `runs/NAME` in the workbook around us, or here."""
    from twitterlab.cli.week import free_folder
    from twitterlab.course.workbook import find_or_packaged

    book, name = find_or_packaged(), re.sub(r"[^\w.-]+", "-", name)
    runs = book.root / "runs" if book.is_own else Path("runs")
    free = free_folder(runs / name)
    here = Path.cwd()
    return free.relative_to(here) if free.is_relative_to(here) else free


@contextmanager
def stopped_parts() -> Iterator[None]:
    """A part that brought its run down is one line and exit code 1."""
    from twitterlab.course.watched import LabStopped

    try:
        yield
    except LabStopped as stopped:
        typer.echo(f"twitterlab: {stopped}", err=True)
        raise typer.Exit(1) from None


def many_document(name: str, seeds: range, judged: Any, failed: Any) -> Mapping[str, Any]:
    """What `simulate --seeds --json` prints: the report of them all."""
    import hashlib

    from twitterlab.bench.document import to_document
    from twitterlab.bench.report import Report
    from twitterlab.model.figure import Figure, Target

    whole = hashlib.sha256("".join(one.trace_sha256 for one in judged).encode()).hexdigest()
    calls = sum(one.calls for one in judged)
    share = 100 * sum(one.answered for one in judged) / max(1, calls)
    broken = Figure("seeds_that_broke_a_promise", "seeds", len(failed), "simulated", "simulated", Target("==", 0))
    answered = Figure("answered", "%", share, "simulated", "simulated")
    return {
        **to_document(Report(0, 0, 0, seeds.start, {}, calls, (broken, answered))),
        "scenario": name,
        "seeds": [seeds.start, seeds.stop - 1],
        "trace_sha256": whole,
        "trace_events": sum(one.trace_events for one in judged),
        "violations": [{"seed": one.seed, "broken": list(one.violations)} for one in failed],
        "not_done": [{"seed": one.seed, "faults": list(one.missed)} for one in judged if one.missed],
    }
