"""Editions: a workbook is written from the packaged course, and later takes in a newer one without losing work.

The edition's files as they came lie in `.twitterlab/base`: what a student's file is compared with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from twitterlab import __version__
from twitterlab.course import drawer
from twitterlab.course.merge import merge
from twitterlab.course.workbook import FILE as MARKER
from twitterlab.course.workbook import Workbook
from twitterlab.errors import BadInput

BASE = "base"
FOLDERS = ("weeks", "exercises", "solutions", "docs")
LEFT_OUT = {"__pycache__", ".ipynb_checkpoints", "decisions", "evidence"}
KINDS = {".py", ".md", ".svg", ".png", ".ipynb", ".toml", ".json"}
STUDENTS = ("exercises",)
"""Where students write. Everything else is the course's, and is replaced after a copy."""


@dataclass(frozen=True, slots=True)
class Change:
    """What an upgrade did with one file: added, replaced, merged, kept (yours, unchanged by us), conflict."""

    path: Path
    what: str
    copy: Path | None = None


def init(source: Workbook, folder: Path) -> Workbook:
    """Write a workbook into `folder`. BadInput where there is one already or something else lies there."""
    if (folder / MARKER).exists():
        raise BadInput(f"{folder} is a workbook already", "Go there and type `twitterlab next`.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} is not empty", "Name a new folder.")
    book = Workbook(folder.resolve(), is_own=True)
    try:
        for place, content in _files(source):
            drawer.put(book.root / place, content)
            drawer.put(book.state / BASE / place, content)
        _stamp(book)
    except OSError as error:
        raise BadInput(f"cannot write to {folder}: {error.strerror or error}", "Choose another folder.") from None
    return book


def upgrade(source: Workbook, book: Workbook) -> list[Change]:
    """Take in the packaged edition. A file that both changed in one place stays the student's; the new one lies beside
    the base as `.new`."""
    if source.root.resolve() == book.root.resolve():
        raise BadInput("this workbook is the course's own repository", "Use `git pull` here.")
    changes = []
    for place, content in _files(source):
        change = _take_in(book, place, content)
        if change is not None:
            changes.append(change)
    _stamp(book)
    return changes


def _take_in(book: Workbook, place: Path, new: bytes) -> Change | None:
    path, base_path = book.root / place, book.state / BASE / place
    base = base_path.read_bytes() if base_path.is_file() else None
    mine = path.read_bytes() if path.is_file() else None
    if new in (base, mine):
        drawer.put(base_path, new)
        return None if mine is not None else _add(path, new)
    if mine is None or mine == base or place.parts[0] not in STUDENTS:
        what = "added" if mine is None else "replaced"
        copy = drawer.replace(book, path, new)
        drawer.put(base_path, new)
        return Change(path, what, copy)
    merged = merge((base or b"").decode(), mine.decode(errors="surrogateescape"), new.decode()) if base else None
    if merged is None:
        beside = base_path.with_name(f"{base_path.name}.new")
        drawer.put(beside, new)
        return Change(path, "conflict", beside)
    copy = drawer.replace(book, path, merged.encode(errors="surrogateescape"))
    drawer.put(base_path, new)
    return Change(path, "merged", copy)


def _add(path: Path, new: bytes) -> Change:
    drawer.put(path, new)
    return Change(path, "added")


def _files(source: Workbook) -> Iterator[tuple[Path, bytes]]:
    """Every file of the course: its place in a workbook, and what it holds. Exercises come as starters."""
    from twitterlab.course.starters import generate

    starters = {path.relative_to(source.root): text.encode() for path, text in generate(source).items()}
    for folder in FOLDERS:
        for path in sorted((source.root / folder).rglob("*")):
            place = path.relative_to(source.root)
            is_ours = path.suffix in KINDS and not LEFT_OUT.intersection(place.parts) and place not in starters
            if is_ours and path.is_file():
                yield place, path.read_bytes()
    yield from starters.items()  # from the solutions, whatever lies in exercises/
    yield Path(MARKER), (source.root / MARKER).read_bytes()


def _stamp(book: Workbook) -> None:
    drawer.put(book.state / "edition.json", json.dumps({"version": __version__}).encode())
