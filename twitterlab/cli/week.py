"""`twitterlab week N`: run a week's lab."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twitterlab.errors import BadInput


def week(
    number: Annotated[int, typer.Argument(help="Which week to run: 1.")],
    users: Annotated[int | None, typer.Option(help="How many people; the week's own number if left out.")] = None,
    seed: Annotated[int, typer.Option(help="What people do is decided by the seed.")] = 1,
    graph: Annotated[Path | None, typer.Option(help="An edge list to use as the follow graph.")] = None,
    directed: Annotated[bool, typer.Option(help="Edges go one way: follower, followee.")] = False,
    engine: Annotated[str | None, typer.Option(help="Storage: memory or sqlite.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for report.json, report.html and trace.jsonl.")] = None,
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
        typer.echo(
            f"{figure.name:<26}{figure.measured:>12.2f} {figure.unit:<12}{target:<10}{figure.source}, {figure.engine}"
        )
    if out is not None:
        report.write(out)
        typer.echo(f"report: {out / 'report.html'}")
