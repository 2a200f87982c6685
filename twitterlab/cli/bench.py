"""`twitterlab bench NAME`: measure the platform itself, against its promises."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

NAMES = ("whole-twitter", "growth")


def bench(
    name: Annotated[str, typer.Argument(help="What to measure: whole-twitter, or growth.", metavar="NAME")],
    users: Annotated[int, typer.Option(help="How many people, up to 10,000,000.")] = 100_000,
    seconds: Annotated[float, typer.Option(help="How long people read and post.")] = 60.0,
    seed: Annotated[int, typer.Option(help="Decides who follows whom and who comes when.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder of the run; under runs/ if left out.", metavar="DIR")] = None,
) -> None:
    """Measure the platform itself. Exit code 1 when a promise is missed.

    Example: twitterlab bench whole-twitter --users 1000000 --seconds 10
    """
    from twitterlab.errors import BadInput

    if name not in NAMES:
        raise BadInput(f"no benchmark {name!r}", f"Choose one of: {', '.join(NAMES)}.")
    from twitterlab.cli.progress import Bar

    with Bar(name) as bar:
        from twitterlab.bench import run_folder
        from twitterlab.cli.week import free_folder, print_report
        from twitterlab.course.whole_twitter import run_whole_twitter
        from twitterlab.course.workbook import find_or_packaged
        from twitterlab.stage.whole_growth import run as growth
        from twitterlab.stage.whole_options import WholeOptions

        book = find_or_packaged()
        folder = out or free_folder((book.root if book.is_own else Path()) / "runs" / f"{name}-{users}-seed{seed}")
        options = WholeOptions(users=users, seconds=seconds, seed=seed, progress=bar.show)
        report = run_whole_twitter(book, options) if name == "whole-twitter" else growth(options)
        run_folder.write(report, folder)
    if as_json:
        import json

        from twitterlab.bench.document import to_document

        typer.echo(json.dumps(to_document(report), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print_report(report, folder, title=f"{name}: {users:,} people, {report.follows:,} follows, seed {seed}")
    if not report.is_clean:
        raise typer.Exit(1)
