"""`twitterlab dashboard`: watch a recorded run again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def dashboard(
    run: Annotated[
        Path | None, typer.Argument(help="A run folder; the newest in runs/ if left out.", metavar="[RUN]")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(help="Write what it looks like as an SVG, and do not open it.", metavar="FILE")
    ] = None,
    at: Annotated[float | None, typer.Option(help="The picture's second of the run; its end if left out.")] = None,
    size: Annotated[str, typer.Option(help="The picture's size in characters.")] = "100x30",
) -> None:
    """Replay a run on the dashboard: pause, step, speed, search. The keys are on the page behind `?`.

    Example: twitterlab dashboard runs/week1-seed1
    """
    from twitterlab.bench.run_folder import newest
    from twitterlab.course.workbook import find_or_packaged

    if run is None:
        book = find_or_packaged()
        run = newest((book.root if book.is_own else Path()) / "runs")
    if picture is None:
        from twitterlab.dashboard.watch import watch_again

        watch_again(run)
    else:
        from twitterlab.dashboard.picture import draw

        width, height = _size(size)
        picture.write_text(draw(run, at, width, height), encoding="utf-8")
        typer.echo(f"Written: {picture}")


def _size(text: str) -> tuple[int, int]:
    """`100x30` as columns and rows. BadInput for anything else."""
    from twitterlab.errors import BadInput

    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal() and 40 <= int(width) <= 400 and 12 <= int(height) <= 200):
        raise BadInput(f"{text} is no size", "Give columns and rows, from 40x12 to 400x200, such as 100x30.")
    return int(width), int(height)
