"""`twitterlab bench NAME`: measure the platform itself, against its promises."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def bench(
    name: Annotated[
        str,
        typer.Argument(
            help="What to measure: whole-twitter, whole-day, growth, record-second or celebrity.", metavar="NAME"
        ),
    ],
    users: Annotated[int | None, typer.Option(help="How many people, up to 10,000,000; 100,000 if left out.")] = None,
    seconds: Annotated[float | None, typer.Option(help="How long people act; the load's own time if left out.")] = None,
    seed: Annotated[int, typer.Option(help="Decides who follows whom and who comes when.")] = 1,
    graph: Annotated[Path | None, typer.Option(help="An edge list: these people instead.", metavar="FILE")] = None,
    directed: Annotated[bool, typer.Option("--directed", help="A line `a b` of the graph: only a follows b.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder of the run; under runs/ if left out.", metavar="DIR")] = None,
) -> None:
    """Measure the platform itself. Exit code 1 when a promise is missed.

    Example: twitterlab bench whole-twitter --users 1000000 --seconds 10
    """
    from twitterlab.cli.progress import Bar

    with Bar(name) as bar:
        from twitterlab.bench import run_folder
        from twitterlab.cli.week import free_folder, print_report
        from twitterlab.course.loads import LOADS
        from twitterlab.course.workbook import find_or_packaged
        from twitterlab.errors import BadInput
        from twitterlab.stage.whole_options import WholeOptions

        if name not in LOADS:
            raise BadInput(f"no benchmark {name!r}", f"Choose one of: {', '.join(LOADS)}.")
        load = LOADS[name]
        if graph is not None and (users is not None or not load.takes_graph):
            raise BadInput(
                "these people are not told by --graph alone", "Give whole-twitter or whole-day, without --users."
            )
        chosen = WholeOptions(
            users=load.users if users is None else users,
            seconds=load.seconds if seconds is None else seconds,
            seed=seed,
            graph=graph,
            directed=directed,
            progress=bar.show,
        )
        book = find_or_packaged()
        stem = f"{name}-{chosen.users if graph is None else graph.stem}-seed{seed}"
        folder = out or free_folder((book.root if book.is_own else Path()) / "runs" / stem)
        report = load.run(book, chosen)
        run_folder.write(report, folder)
    if as_json:
        import json

        from twitterlab.bench.document import to_document

        typer.echo(json.dumps(to_document(report), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print_report(report, folder, title=f"{name}: {report.users:,} people, {report.follows:,} follows, seed {seed}")
    if not report.is_clean:
        raise typer.Exit(1)
