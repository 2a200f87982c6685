"""`twitterlab shrink RUN`: the few calls and faults that a failure needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def shrink(
    run: Annotated[Path, typer.Argument(help="The folder of a failed simulation.", metavar="RUN")],
    out: Annotated[Path | None, typer.Option(help="Folder for the small case; RUN-small if left out.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, max=86_400, help="Be content after this long.")] = 300.0,
) -> None:
    """Leave out everything that a failure does not need: calls, faults, time. Tells it as a story, and draws it.

    Example: twitterlab shrink runs/primary-backup-early-ack-seed56
    """
    from rich.console import Console

    from twitterlab.cli import told
    from twitterlab.course import simulations

    asked = simulations.kept(run)
    folder = out or _beside(run)
    console = Console(stderr=True)
    with told.stopped_parts(), console.status("making it smaller") as status:
        small = asked.smaller(
            run,
            folder,
            lambda calls, faults: status.update(f"making it smaller: {calls} calls, {faults} faults"),
            seconds,
        )
    typer.echo(f"{small.calls[0]} calls and {small.faults[0]} faults became {small.calls[1]} and "
               f"{small.faults[1]}, in {small.runs} runs.")  # fmt: skip
    if small.is_cut_short:
        typer.echo(f"Time ran out after {seconds:g} s: a smaller one may be found with a larger --seconds.")
    typer.echo("\n".join(small.story))
    drawn = f"Drawn in {folder / 'history.html'}. " if small.is_drawn else ""
    typer.echo(f"{drawn}Again: twitterlab replay {folder}")


def _beside(run: Path) -> Path:
    """`RUN-small`, also where RUN is the case file in its folder or `.`."""
    folder = run if run.is_dir() else run.parent
    name = folder.name or folder.resolve().name
    return (folder if folder.name else folder.resolve()).with_name(f"{name}-small")
