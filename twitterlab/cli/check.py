"""`twitterlab check`: is the part right, and if not, where."""

from __future__ import annotations

import json as json_format
from typing import Annotated

import typer


def check(
    what: Annotated[
        str | None,
        typer.Argument(help="A week (1), a day (1.3), a part (cache), all; left out: the next unfinished day."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")] = False,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides the examples that checks draw.")] = 0,
) -> None:
    """Check your parts and say where they break their laws. Exit 0: all points; 1: some missing; 2: bad input.

    Example: twitterlab check 1.3
    """
    from twitterlab.course import desk, syllabus, workbook
    from twitterlab.course.grader import grade

    book = workbook.find()
    if what is not None:
        entries = syllabus.resolve(book, what)
    else:
        unfinished = desk.next_entry(book, syllabus.entries(book))
        entries = (unfinished,) if unfinished else ()
    if json:
        found = grade(book, entries, seed=seed)
        typer.echo(json_format.dumps(found.document(), ensure_ascii=False))
    elif not entries:
        typer.echo("Every day is done. `twitterlab check all` checks them again.")
        return
    else:
        from twitterlab.cli.verdicts import Screen

        screen = Screen(entries)
        found = grade(book, entries, on_verdict=screen.show, seed=seed)
        screen.total(found)
    try:
        desk.record(book, entries, found)
    except OSError as error:
        typer.echo(f"twitterlab: your progress was not saved: {error}", err=True)
    raise typer.Exit(0 if found.is_full else 1)
