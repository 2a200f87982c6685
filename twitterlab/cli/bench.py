"""`twitterlab bench [NAME]`: measure the platform itself, against its promises and beside named yardsticks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twitterlab.bench.report import Report
    from twitterlab.course.benchmarks.comparing import Change
    from twitterlab.course.workbook import Workbook


def bench(
    name: Annotated[
        str | None,
        typer.Argument(
            help="A benchmark or a load, see the page Benchmarks; all benchmarks if left out.", metavar="[NAME]"
        ),
    ] = None,
    users: Annotated[int | None, typer.Option(help="Of a load: how many people, up to 10,000,000.")] = None,
    seconds: Annotated[float | None, typer.Option(help="Of a load: how long people act.")] = None,
    seed: Annotated[int, typer.Option(help="Of a load: decides who follows whom and who comes when.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    compare: Annotated[
        Path | None,
        typer.Option(help="A saved report or run folder: print how each ratio has changed.", metavar="FILE"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the run; under runs/ if left out.", metavar="DIR")] = None,
) -> None:
    """Measure the platform itself. Exit code 1 when a promise is missed.

    Example: twitterlab bench whole-twitter --users 1000000 --seconds 10
    """
    from twitterlab.cli.progress import Bar

    with Bar(name or "bench") as bar:
        from twitterlab.bench import run_folder
        from twitterlab.cli.week import free_folder
        from twitterlab.course.benchmarks.comparing import changes, saved
        from twitterlab.course.workbook import find_or_packaged

        before = saved(compare) if compare is not None else None
        book = find_or_packaged()
        run, stem = _chosen(book, name, users, seconds, seed, bar.show)
        folder = out or free_folder((book.root if book.is_own else Path()) / "runs" / stem)
        report, skipped = run()
        run_folder.write(report, folder)
        changed = changes(before, report) if before is not None else []
    if as_json:
        _print_json(report, skipped, changed, with_changes=before is not None)
    else:
        _print(report, folder, name, skipped, changed)
    if not report.is_clean:
        raise typer.Exit(1)


def _chosen(
    book: Workbook,
    name: str | None,
    users: int | None,
    seconds: float | None,
    seed: int,
    progress: Callable[[str, float], None],
) -> tuple[Callable[[], tuple[Report, list[str]]], str]:
    """What is to be run, and the name of its folder. BadInput for a name there is not."""
    from twitterlab.course.benchmarks.catalogue import BENCHMARKS
    from twitterlab.course.benchmarks.running import run
    from twitterlab.course.loads import LOADS
    from twitterlab.errors import BadInput
    from twitterlab.stage.whole_options import WholeOptions

    if name in LOADS:
        load = LOADS[name]
        chosen = WholeOptions(
            users=load.users if users is None else users,
            seconds=load.seconds if seconds is None else seconds,
            seed=seed,
            progress=progress,
        )
        return lambda: (load.run(book, chosen), []), f"{name}-{chosen.users}-seed{seed}"
    if name is not None and name not in BENCHMARKS:
        raise BadInput(f"no benchmark {name!r}", f"Choose one of: {', '.join((*BENCHMARKS, *LOADS))}.")
    names = list(BENCHMARKS) if name is None else [name]
    return lambda: run(names, progress), f"bench-{name or 'all'}"


def _print_json(report: Report, skipped: Sequence[str], changed: Sequence[Change], with_changes: bool) -> None:
    import json
    from dataclasses import asdict

    from twitterlab.bench.document import to_document

    document = {**to_document(report), "skipped": list(skipped)}
    if with_changes:
        document["changes"] = [{**asdict(change), "percent": change.percent} for change in changed]
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def _print(report: Report, folder: Path, name: str | None, skipped: Sequence[str], changed: Sequence[Change]) -> None:
    from twitterlab.cli.week import print_report

    people = f": {report.users:,} people, {report.follows:,} follows, seed {report.seed}" if report.users else ""
    print_report(report, folder, title=f"{name or 'benchmarks'}{people}")
    for line in (*(f"Left out: {one}" for one in skipped), *(f"Changed: {change}" for change in changed)):
        typer.echo(line)
