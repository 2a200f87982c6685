"""`twitterlab week N`: run a week's lab and hold its figures against their targets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twitterlab.cli.chosen_engine import ENGINES, REAL_HELP, chosen_engine

if TYPE_CHECKING:
    from rich.console import Console

    from twitterlab.bench.report import Report
    from twitterlab.model.figure import Figure


def week(
    number: Annotated[int, typer.Argument(help="Which week to run.", metavar="N")],
    mine: Annotated[bool, typer.Option("--mine", help="Use the parts in exercises/ that you have begun.")] = False,
    users: Annotated[int | None, typer.Option(help="How many people; the week's own number if left out.")] = None,
    seconds: Annotated[
        float | None, typer.Option(help="How long people act; long enough for 10,000 if left out.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides what people do.")] = 1,
    graph: Annotated[Path | None, typer.Option(help="An edge list: who is tied to whom.", metavar="FILE")] = None,
    directed: Annotated[bool, typer.Option("--directed", help="A line `a b` of the graph: only a follows b.")] = False,
    engine: Annotated[str | None, typer.Option(help=f"Where data lives: {ENGINES}; sqlite if left out.")] = None,
    real: Annotated[bool, typer.Option("--real", help=REAL_HELP)] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run; runs/weekN-seedX if left out.", metavar="DIR")
    ] = None,
    failover: Annotated[
        bool, typer.Option("--failover", help="Kill a primary and move slots in the middle; for engines with replicas.")
    ] = False,
    lab: Annotated[
        str | None, typer.Option(help="One experiment of week 2 instead of its main run: a to f.", metavar="LETTER")
    ] = None,
    dashboard: Annotated[bool, typer.Option("--dashboard", help="Watch it live, and break it by keys.")] = False,
) -> None:
    """Run a week's lab: the system under load, then an experiment a part. Exit code 1 when a target is missed.

    Example: twitterlab week 1 --mine
    """
    from twitterlab.cli.progress import Bar

    with Bar(f"week {number}") as bar:  # before anything heavy: the first output
        from twitterlab.course import syllabus
        from twitterlab.course.workbook import find, find_or_packaged
        from twitterlab.stage.options import LabOptions, check

        book = find() if mine else find_or_packaged()
        syllabus.week(book, number)
        lab = None if lab is None else lab.lower()
        folder = out or free_folder(
            (book.root if book.is_own else Path()) / "runs" / f"week{number}{f'-{lab}' if lab else ''}-seed{seed}"
        )
        chosen = LabOptions(
            users=users, seconds=seconds, seed=seed, graph=graph, directed=directed,
            engine=chosen_engine(engine, real, lab), folder=folder, failover=failover, lab=lab,
            progress=bar.show,
        )  # fmt: skip
        check(chosen)
        from twitterlab.course.lab import LabStopped, run_lab  # heavy: after what is wrong with the input was said

        try:
            if dashboard:
                from twitterlab.dashboard.live import watch_live

                bar.stop()
                watched = watch_live(book, number, chosen, mine)
                if watched is None:
                    typer.echo("twitterlab: stopped before its end", err=True)
                    raise typer.Exit(130)
                report = watched
            else:
                report = run_lab(book, number, chosen, mine)
        except LabStopped as stopped:
            bar.stop()
            typer.echo(f"twitterlab: {stopped}", err=True)
            raise typer.Exit(1) from None
    if as_json:
        import json

        from twitterlab.bench.document import to_document

        typer.echo(json.dumps(to_document(report), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print_report(
            report, folder, title=None if lab is None else lab_title(report, lab, engine or ("real" if real else None))
        )
    if not report.is_clean:
        raise typer.Exit(1)


def lab_title(report: Report, lab: str, engine: str | None) -> str:
    """What stands above the figures of one experiment."""
    where = sorted({figure.engine for figure in report.figures}) if engine else []
    return f"Week {report.week}, lab {lab}{' on ' if where else ''}{' and '.join(where)}: {report.size}"


def free_folder(folder: Path) -> Path:
    """The folder, or the first of `folder-2`, `folder-3`… that holds nothing yet: no run is overwritten."""
    number, chosen = 1, folder
    while chosen.is_file() or (chosen.is_dir() and any(chosen.iterdir())):
        number += 1
        chosen = folder.with_name(f"{folder.name}-{number}")
    return chosen


def print_report(report: Report, folder: Path, console: Console | None = None, title: str | None = None) -> None:
    """Figures against targets, whose parts ran, the questions to predict, and where to look."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from twitterlab.bench.report import shown

    colour = {"met": "green", "missed": "bold red", "info": "dim"}
    figures = shown_figures(report)
    title = title or f"Week {report.week}: {report.size}"
    table = Table(title=title)
    table.add_column("figure", no_wrap=True)
    for heading in ("target", "measured"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict")
    if not report.is_clean:
        table.add_column("look at")
    for figure in figures:
        suspects = escape(", ".join(report.suspects(figure))) if figure.verdict == "missed" else ""
        verdict = f"[{colour[figure.verdict]}]{figure.verdict}[/]"
        cells = [figure.name, str(figure.target or ""), shown(figure), verdict, suspects]
        table.add_row(*cells[: len(table.columns)])
    console = console or Console(highlight=False)
    console.print(table if figures else title)
    console.print("Parts: " + escape(report.used or "none was called"))
    for engine, names in measured_on(figures).items():
        console.print(escape(f"Measured on {engine}: {', '.join(names)}"))
    if report.findings:
        console.print("Predict, then open the report:")
    for number, finding in enumerate(report.findings, 1):
        console.print(f"  {number}. {escape(finding.question)}")
    console.print(f"Look next: {escape(report.next_look())}")
    console.print(f"Report: {escape(str(folder / 'report.html'))}", soft_wrap=True)


def shown_figures(report: Report) -> list[Figure]:
    """Those of the table: what an experiment found without a target is in the report alone."""
    experimental = {figure.name for finding in report.findings for figure in finding.figures}
    return [figure for figure in report.figures if figure.verdict != "info" or figure.name not in experimental]


def measured_on(figures: Sequence[Figure]) -> dict[str, list[str]]:
    """Engine to the figures that came from it. What needed no engine is under the name of its source."""
    by_engine: dict[str, list[str]] = {}
    for figure in figures:
        engine = f"no engine ({figure.source})" if figure.engine == "none" else figure.engine
        by_engine.setdefault(engine, []).append(figure.name)
    return by_engine
