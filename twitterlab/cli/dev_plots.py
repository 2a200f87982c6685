"""`twitterlab dev plots`: the plots that the lessons of a week show, each taken from a real run of its lab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from twitterlab.bench.plots import Plot
    from twitterlab.bench.report import Report

WEEK = 2
MAIN = "main"


def plots(
    labs: Annotated[
        str,
        typer.Argument(help="Letters of experiments, `main` for the week's run; all if left out.", metavar="[LABS]"),
    ] = "",
    engine: Annotated[
        str | None, typer.Option(help="Draw experiments on real servers, which name it.", metavar="NAME")
    ] = None,
) -> None:
    """Run the labs of week 2 with the reference parts and draw what their reports show into docs/week2/img.

    Example: twitterlab dev plots c,f --engine envoy
    """
    from twitterlab.cli.progress import Bar
    from twitterlab.course import workbook
    from twitterlab.course.lab import run_lab
    from twitterlab.stage.options import LabOptions
    from twitterlab.stage.week2 import LABS

    book = workbook.find()
    for name in labs.split(",") if labs else (*LABS, MAIN):
        with Bar(f"lab {name}") as bar:
            options = LabOptions(lab=None if name == MAIN else name, engine=engine, progress=bar.show)
            report = run_lab(book, WEEK, options, mine=False)
        drawn = f"{name}-{engine}" if engine else name
        for number, plot in enumerate(shown(report), 1):
            path = book.docs / f"week{WEEK}" / "img" / f"lab-{drawn}-{number}.svg"
            path.write_text(card(plot), encoding="utf-8", newline="\n")
            typer.echo(f"{path.relative_to(book.root).as_posix()}: {plot.title}")


def shown(report: Report) -> tuple[Plot, ...]:
    """What is drawn of a run: of an experiment what it found, else the report's own."""
    return tuple(plot for finding in report.findings for plot in finding.plots) or report.plots


def card(plot: Plot) -> str:
    """The plot on white, so that it can be read on a dark page too."""
    from twitterlab.bench.plots import HEIGHT, WIDTH, svg

    head, _, rest = svg(plot).partition(">")
    return f'{head}><rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="#fff"/>{rest}\n'
