"""The drawer: nothing a student wrote is replaced before a copy lies in `.twitterlab/kept`, and nothing is half written."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

from twitterlab.course.workbook import Workbook

FOLDER = "kept"


def keep(book: Workbook, path: Path) -> Path:
    """A copy of the file at `path`, on disk before this returns, beside those kept of it before."""
    place = book.state / FOLDER / path.resolve().relative_to(book.root.resolve())
    names = (place.with_name(f"{place.name}.{number}") for number in count(1))
    copy = next(name for name in names if not name.exists())
    put(copy, path.read_bytes())
    return copy


def kept(book: Workbook, path: Path) -> list[Path]:
    """The copies of a file, the oldest first."""
    place = book.state / FOLDER / path.resolve().relative_to(book.root.resolve())
    found = place.parent.glob(f"{place.name}.*") if place.parent.is_dir() else ()
    return sorted((copy for copy in found if copy.suffix[1:].isdigit()), key=lambda copy: int(copy.suffix[1:]))


def replace(book: Workbook, path: Path, content: bytes) -> Path | None:
    """Put `content` in place of the file at `path`; where the copy of what was there lies, None if nothing was."""
    if path.is_file() and path.read_bytes() == content:
        return None
    copy = keep(book, path) if path.is_file() else None
    put(path, content)
    return copy


def put(path: Path, content: bytes) -> None:
    """Write a file in one step: a crash leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
