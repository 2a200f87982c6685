"""`twitterlab dashboard`: watch a recorded run again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def dashboard(
    run: Annotated[
        Path | None, typer.Argument(help="A run folder; the newest in runs/ if left out.", metavar="[RUN]")
    ] = None,
) -> None:
    """Replay a run on the dashboard: pause, step, speed, search. The keys are on the page behind `?`.

    Example: twitterlab dashboard runs/week1-seed1
    """
    from twitterlab.bench.run_folder import newest
    from twitterlab.course.workbook import find_or_packaged

    if run is None:
        book = find_or_packaged()
        run = newest((book.root if book.is_own else Path()) / "runs")
    from twitterlab.dashboard.watch import watch_again

    watch_again(run)
