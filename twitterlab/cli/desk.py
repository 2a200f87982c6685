"""What a student does with one day: `next`, `open`, `hint`, `reset`, `reveal`, `diff`, `catch-up`, `progress`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

What = Annotated[str | None, typer.Argument(help="A day (1.3) or a part (cache); left out: the next unfinished day.")]
GiveUp = Annotated[bool, typer.Option("--give-up", help="Also before the day is done. It is remembered.")]


def next_() -> None:
    """Say which day is next, what to read and what to edit.

    Example: twitterlab next
    """
    from twitterlab.course import desk, syllabus, workbook

    book = workbook.find()
    entry = desk.next_entry(book, syllabus.entries(book))
    if entry is None:
        typer.echo("Every day is done. `twitterlab week 1 --mine` runs the system with your parts.")
        return
    typer.echo(f"{entry.day_id} {entry.slot.name} · {entry.day.title}")
    for name, path in (("read", entry.lesson(book)), ("edit", entry.exercise(book))):
        typer.echo(f"  {name}   {_short(path)}")
    typer.echo(f"  check  twitterlab check {entry.day_id}   (or `twitterlab watch`: it checks whenever you save)")


def open_(what: What = None) -> None:
    """Open the lesson and the exercise in your editor ($VISUAL or $EDITOR), or say where they are.

    Example: twitterlab open cache
    """
    import os
    import shlex
    import shutil
    import subprocess

    from twitterlab.course import desk, workbook

    book = workbook.find()
    entry = desk.the_one(book, what)
    paths = [entry.lesson(book), entry.exercise(book)]
    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "")
    if not editor and shutil.which("code"):
        editor = ["code"]
    if not editor or shutil.which(editor[0]) is None:
        for path in paths:
            typer.echo(_short(path))
        typer.echo("Set $EDITOR and these open by themselves.")
        return
    raise typer.Exit(1 if subprocess.call([*editor, *map(str, paths)]) else 0)


def hint(
    what: What = None,
    level: Annotated[int | None, typer.Option(min=1, max=3, help="1 a nudge, 2 a direction, 3 the idea.")] = None,
) -> None:
    """Show one more hint. Which were read is remembered; it takes no points.

    Example: twitterlab hint 1.3
    """
    from twitterlab.course import desk, workbook

    book = workbook.find()
    entry = desk.the_one(book, what)
    shown, text = desk.next_hint(book, entry, level)
    typer.echo(f"{entry.day_id} {entry.slot.name}, hint {shown} of 3\n\n{text}")


def reset(what: Annotated[str, typer.Argument(help="A day (1.3) or a part (cache).")]) -> None:
    """Put the starter back. A copy of your file is kept.

    Example: twitterlab reset 1.3
    """
    from twitterlab.course import desk, workbook

    book = workbook.find()
    entry = desk.the_one(book, what)
    copy = desk.reset(book, entry)
    if copy is None:
        typer.echo(f"{_short(entry.exercise(book))} is the starter already.")
    else:
        typer.echo(f"{_short(entry.exercise(book))} is the starter again. Yours is kept in {_short(copy)}.")


def reveal(what: What = None, give_up: GiveUp = False) -> None:
    """Show the reference of a day that is done.

    Example: twitterlab reveal 1.3
    """
    from twitterlab.course import desk, workbook

    book = workbook.find()
    typer.echo(desk.answer(book, desk.the_one(book, what), give_up), nl=False)


def diff(what: What = None, give_up: GiveUp = False) -> None:
    """Show how the reference differs from yours, for a day that is done.

    Example: twitterlab diff 1.3
    """
    from twitterlab.course import desk, workbook

    book = workbook.find()
    typer.echo(desk.difference(book, desk.the_one(book, what), give_up) or "Yours is the reference, letter by letter.")


def catch_up(to: Annotated[str, typer.Argument(help="The day (2.1) or week (2) that you want to begin with.")]) -> None:
    """Put the reference where you have not begun, up to a day. Those days count as not earned.

    Example: twitterlab catch-up 1.4
    """
    from twitterlab.course import desk, syllabus, workbook

    book = workbook.find()
    first, every = syllabus.resolve(book, to)[0], syllabus.entries(book)
    done = desk.catch_up(book, every[: every.index(first)])
    for entry in done:
        typer.echo(
            f"{entry.day_id} {entry.slot.name}: the reference, not earned. `twitterlab reset {entry.day_id}` undoes it."
        )
    typer.echo(f"You can begin with {first.day_id} {first.slot.name}.")


def progress(
    export: Annotated[Path | None, typer.Option(help="Write all progress to this file.")] = None,
    take: Annotated[
        Path | None, typer.Option("--import", help="Merge the progress of this file; the better stays.")
    ] = None,
) -> None:
    """Show how far you are; export it, or import it on another machine.

    Example: twitterlab progress --export mine.json
    """
    from twitterlab.course import desk, drawer, syllabus, workbook
    from twitterlab.course import progress as kept
    from twitterlab.errors import BadInput

    book = workbook.find()
    try:
        if take is not None:
            typer.echo(f"{kept.take_over(book, take.read_text(encoding='utf-8', errors='replace'))} days taken over.")
        if export is not None:
            drawer.put(export, kept.export(book).encode())
            typer.echo(f"{export} has it all.")
            return
    except OSError as error:
        raise BadInput(f"{take or export}: {error.strerror or error}", "Name another file.") from None
    for entry in syllabus.entries(book):
        now = desk.standing(book, entry)
        told = f"{now.state}, {now.hints} hints" if now.hints else now.state
        typer.echo(f"{entry.day_id}  {entry.slot.name:<12}{now.best:>3} of {entry.points}  {told}")


def _short(path: Path) -> str:
    """A path as one would type it here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
