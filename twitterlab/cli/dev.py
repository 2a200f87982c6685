"""`twitterlab dev …`: what the course's authors run."""

from __future__ import annotations

from typing import Annotated

import typer

from twitterlab.cli.dev_check import check
from twitterlab.cli.dev_docs import docs
from twitterlab.cli.dev_fuzz import fuzz
from twitterlab.cli.dev_mutants import mutants
from twitterlab.cli.dev_picture import picture
from twitterlab.cli.dev_plots import plots

dev = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


@dev.callback()
def _dev(context: typer.Context) -> None:
    """For the course's authors: whether the course itself is right.

    Example: twitterlab dev starters --check
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def starters(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 where one is not as generated.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace those that differ too; a copy is kept in .twitterlab/kept.")
    ] = False,
) -> None:
    """Make the exercises from the solutions. One that differs is not touched unless asked: it may be somebody's work.

    Example: twitterlab dev starters --check
    """
    from twitterlab.course import starters as exercises
    from twitterlab.course import workbook

    book = workbook.find()
    differing = exercises.differing(book)
    if not check:
        differing = exercises.write(book, differing, overwrite)
    for path, why in differing.items():
        typer.echo(f"{path.relative_to(book.root).as_posix()} {why}")
    if differing:
        typer.echo("`twitterlab dev starters --overwrite` makes them anew and keeps a copy.")
        raise typer.Exit(1)
    typer.echo(f"{len(exercises.generate(book))} exercises are as their solutions make them.")


def solutions(
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides the examples that checks draw.")] = 0,
) -> None:
    """Grade what must be known: a solution earns every point, an exercise is not started, a null part earns none.

    Example: twitterlab dev solutions
    """
    from twitterlab.course import grader, syllabus, workbook

    book = workbook.find()
    entries = syllabus.entries(book)
    reference, null = (grader.grade(book, entries, whose, seed=seed) for whose in ("solutions", "null"))
    wrong = 0
    for entry, full, empty in zip(entries, reference.days, null.days, strict=True):
        offered = sum(verdict.points for verdict in full.verdicts)
        begun = grader.is_started(book, entry)
        is_right = full.earned == offered == entry.points and empty.earned == 0 and not begun
        wrong += not is_right
        typer.echo(
            f"{entry.day_id} {entry.slot.name:<12}{'ok ' if is_right else 'WRONG'} solution {full.earned} of {entry.points} "
            f"({offered} offered), exercise {'started' if begun else 'not started'}, "
            f"{entry.slot.null_part} {empty.earned}"
        )
    if wrong:
        raise typer.Exit(1)


VERBS = (starters, solutions, mutants, fuzz, docs, picture, plots, check)
for verb in VERBS:
    dev.command()(verb)
