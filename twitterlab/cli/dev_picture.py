"""`twitterlab dev picture`: the picture of a run that README and site show, taken from a real run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from twitterlab.bench.report import Report

WIDTH = 92


def picture(
    out: Annotated[
        Path | None, typer.Option(help="The picture; docs/img/week1.svg if left out.", metavar="FILE")
    ] = None,
) -> None:
    """Run week 1 with the reference parts and draw what the terminal shows. Exit code 1 when a target is missed.

    Example: twitterlab dev picture
    """
    from tempfile import TemporaryDirectory

    from twitterlab.course import workbook
    from twitterlab.course.lab import run_lab
    from twitterlab.stage.options import LabOptions

    book = workbook.find()
    with TemporaryDirectory() as folder:
        report = run_lab(book, 1, LabOptions(folder=Path(folder) / "run"), mine=False)
    path = out or book.docs / "img" / "week1.svg"
    path.write_text(drawn(report), encoding="utf-8", newline="\n")
    typer.echo(f"{path} written")
    if not report.is_clean:
        raise typer.Exit(1)


def drawn(report: Report) -> str:
    """The terminal after `twitterlab week N` as SVG that asks no other machine for a font."""
    import re
    from io import StringIO

    from rich.console import Console

    from twitterlab.cli.week import print_report

    words = f"twitterlab week {report.week}"
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True, highlight=False)
    console.print(f"[bold]$ {words}[/]")
    print_report(report, Path("runs") / f"week{report.week}-seed{report.seed}", console)
    picture = console.export_svg(title=words, unique_id="terminal")
    without_fonts = re.sub(r"\s*@font-face \{.*?\}", "", picture, flags=re.DOTALL)
    return "\n".join(line.rstrip() for line in without_fonts.splitlines()) + "\n"
