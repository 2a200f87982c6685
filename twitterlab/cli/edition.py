"""`twitterlab init DIR` writes a workbook; `twitterlab upgrade` takes in a newer course."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def init(folder: Annotated[Path, typer.Argument(help="A new folder.")]) -> None:
    """Write a workbook of your own: lessons, exercises, checks.

    Example: twitterlab init my-twitter
    """
    from twitterlab.course import edition, workbook

    book = edition.init(workbook.packaged(), folder)
    typer.echo(f"{book.root} is your workbook.\nNext: cd {folder}, then `twitterlab next`.")


def upgrade() -> None:
    """Take in the newer course of the installed package. What you wrote stays; every replaced file is kept.

    Example: twitterlab upgrade
    """
    from twitterlab.course import edition, workbook

    book = workbook.find()
    changes = edition.upgrade(workbook.packaged(), book)
    for change in changes:
        where = f", see {change.copy.relative_to(book.root)}" if change.copy else ""
        typer.echo(f"{change.what:<9}{change.path.relative_to(book.root)}{where}")
    conflicts = sum(change.what == "conflict" for change in changes)
    if conflicts:
        typer.echo(f"{conflicts} of your files and the new course changed the same lines: yours stay as they are.")
        raise typer.Exit(1)
    typer.echo(f"{len(changes)} files changed." if changes else "Nothing is newer than what you have.")
