"""The command line: `twitterlab weeks`, `twitterlab week 1`. Heavy modules are imported by the verb that needs them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from twitterlab.errors import BadInput, TwitterlabError

app = typer.Typer(help="Hands-On Twitter System Design.", no_args_is_help=True, add_completion=False)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("twitterlab"))
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Hands-On Twitter System Design."""


@app.command()
def weeks() -> None:
    """List the weeks and their days."""
    from weeks.week1 import WEEK

    typer.echo(f"Week {WEEK.number} · {WEEK.title}: {WEEK.summary}")
    for number, day in enumerate(WEEK.days, 1):
        typer.echo(f"  {WEEK.number}.{number}  {day.slot:<12}{day.title}")


@app.command()
def week(
    number: Annotated[int, typer.Argument(help="Which week to run: 1.")],
    users: Annotated[Optional[int], typer.Option(help="How many people; the week's own number if left out.")] = None,
    seed: Annotated[int, typer.Option(help="What people do is decided by the seed.")] = 1,
    graph: Annotated[Optional[Path], typer.Option(help="An edge list to use as the follow graph.")] = None,
    directed: Annotated[bool, typer.Option(help="Edges go one way: follower, followee.")] = False,
    engine: Annotated[Optional[str], typer.Option(help="Storage: memory or sqlite.")] = None,
    out: Annotated[Optional[Path], typer.Option(help="Folder for report.json, report.html and trace.jsonl.")] = None,
) -> None:
    """Run a week's lab with the reference parts and print its figures."""
    if number != 1:
        raise BadInput(f"there is no week {number} yet", "Try `twitterlab week 1`.")
    from importlib import import_module

    from twitterlab.parts import SLOTS
    from twitterlab.parts.blueprint import Blueprint
    from twitterlab.stage.options import LabOptions
    from weeks.week1 import labs
    from weeks.week1.compose import compose

    parts = {
        slot.name: getattr(import_module("solutions." + slot.file[:-3].replace("/", ".")), slot.part)
        for slot in SLOTS
        if slot.week == number
    }
    reference = compose(Blueprint(), parts)
    chosen = LabOptions(users=users, seed=seed, graph=graph, directed=directed, engine=engine)
    report = labs.run(reference, reference, chosen)
    for figure in report.figures:
        target = str(figure.target) if figure.target else ""
        typer.echo(f"{figure.name:<26}{figure.measured:>12.2f} {figure.unit:<12}{target:<10}{figure.source}, {figure.engine}")
    if out is not None:
        report.write(out)
        typer.echo(f"report: {out / 'report.html'}")


def main() -> None:
    """The `twitterlab` command."""
    try:
        app()
    except TwitterlabError as error:
        typer.echo(f"twitterlab: {error}", err=True)
        sys.exit(2)
