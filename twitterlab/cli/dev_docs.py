"""`twitterlab dev docs`: the reference pages, made from the code."""

from __future__ import annotations

from typing import Annotated

import typer


def docs(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 where a page is not as made.")] = False,
) -> None:
    """Make the reference pages of the site: parts, commands, syllabus.

    Example: twitterlab dev docs --check
    """
    from twitterlab.course import reference, workbook

    book = workbook.find()
    pages = reference.generate(book, context.find_root().command)
    stale = reference.differing(pages)
    for path in stale:
        typer.echo(f"{path.relative_to(book.root)} {'is stale' if check else 'written'}")
    if not check:
        reference.write(stale)
    elif stale:
        typer.echo("`twitterlab dev docs` makes them anew.")
        raise typer.Exit(1)
    typer.echo(f"{len(pages)} reference pages are as the code makes them.")
