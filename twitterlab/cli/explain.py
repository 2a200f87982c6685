"""`twitterlab explain RUN`: a run in words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def explain(
    run: Annotated[
        Path | None, typer.Argument(help="A run folder; the newest in runs/ if left out.", metavar="[RUN]")
    ] = None,
) -> None:
    """Say in words what happened in a run, which promise was missed, and where to look.

    Example: twitterlab explain runs/week1-seed1
    """
    from twitterlab.bench import run_folder
    from twitterlab.bench.explain import explain as in_words
    from twitterlab.course.workbook import find_or_packaged
    from twitterlab.world.trace import read_trace

    if run is None:
        book = find_or_packaged()
        run = run_folder.newest((book.root if book.is_own else Path()) / "runs")
    report = run_folder.read(run)
    trace = run / "trace.jsonl"
    typer.echo(in_words(report, read_trace(trace) if trace.is_file() else ()), nl=False)
