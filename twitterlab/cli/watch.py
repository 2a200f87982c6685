"""`twitterlab watch`: a verdict whenever you save."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from twitterlab.course.watching import Watch
    from twitterlab.course.workbook import Workbook

KEYS = "n next   h hint   l list   r reset   c check again   q quit"
LOOK_EVERY_S = 0.05


def watch(
    what: Annotated[
        str | None, typer.Argument(help="A day (1.3) or a part (cache); left out: the next unfinished day.")
    ] = None,
) -> None:
    """Check an exercise whenever it is saved. Keys: n next, h hint, l list, r reset, c check again, q quit.

    Example: twitterlab watch cache
    """
    from rich.console import Console

    from twitterlab.cli.keys import keys
    from twitterlab.course import desk, workbook
    from twitterlab.course.watching import Watch

    book = workbook.find()
    console = Console(highlight=False, markup=False, emoji=False)
    with Watch(book, desk.the_one(book, what)) as watching, keys() as pressed:
        while True:
            if watching.has_changed():
                _check(book, watching, console)
            key = pressed(LOOK_EVERY_S)
            if key in ("q", "\x03", "\x04"):
                return
            _obey(key, book, watching, console)


def _check(book: Workbook, watching: Watch, console: Console) -> None:
    from twitterlab.cli.verdicts import Screen
    from twitterlab.errors import TwitterlabError

    console.clear()
    screen = Screen((watching.entry,), console)
    try:
        found = watching.check(screen.show)
    except TwitterlabError as error:
        console.print(str(error))
    else:
        screen.total(found)
        if found.is_full:
            console.print("Done. Press n for the next day.")
    console.print(f"\n{watching.entry.exercise(book).relative_to(book.root)}   {KEYS}")


def _obey(key: str, book: Workbook, watching: Watch, console: Console) -> None:
    from twitterlab.course import desk, syllabus
    from twitterlab.errors import TwitterlabError

    try:
        if key == "n":
            following = desk.next_entry(book, syllabus.entries(book))
            if following is None:
                console.print("Every day is done.")
            else:
                watching.turn_to(following)
        elif key == "h":
            level, text = desk.next_hint(book, watching.entry, None)
            console.print(f"\nHint {level} of 3\n{text}")
        elif key == "l":
            for entry in syllabus.entries(book):
                now = desk.standing(book, entry)
                console.print(f"{entry.day_id}  {entry.slot.name:<12}{now.best:>3} of {entry.points}  {now.state}")
        elif key == "r":
            copy = desk.reset(book, watching.entry)
            console.print(f"The starter is back. Yours is kept in {copy}." if copy else "It is the starter already.")
        elif key == "c":
            _check(book, watching, console)
    except TwitterlabError as error:
        console.print(str(error))
