"""Starters: an exercise is its solution with the marked regions taken out.

A region stands between two comments, each alone on its line:

    # BEGIN SOLUTION: what to do, in a few words        # BEGIN SOLUTION
    …                                                   …
    # END SOLUTION                                      # END SOLUTION

With a hint, `# TODO(you)` and a `raise NotImplementedError` take its place; without one it vanishes.
Everything else stays: imports, signatures, docstrings. Regions do not nest.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from twitterlab.course.workbook import Workbook
from twitterlab.errors import BadInput

GENERATED = "week*/day*_*.py"
KEPT = "kept"
LINE_CHARS = 120
BEGIN = re.compile(r"# BEGIN SOLUTION(?:: (?P<hint>\S.*))?")
END = re.compile(r"# END SOLUTION")
LOOKS_LIKE_A_MARKER = re.compile(r"#+\s*(BEGIN|END)\b.*\bSOL", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Region:
    """Lines `first` to `last`, counted from 1, both markers included."""

    first: int
    last: int
    indent: str
    hint: str


def starter(source: str, name: str) -> str:
    """The exercise made of a solution's `source`. BadInput with `name` and the line where the markers are wrong."""
    lines = source.splitlines()
    kept: list[str] = []
    at = 0
    for region in _regions(source, name):
        kept += lines[at : region.first - 1]
        at = region.last
        blanks = _pop_blanks(kept)
        if region.hint:
            kept += _todo(region, name)
        else:  # of the blank lines on both sides of what vanishes the longer run stays
            while at < len(lines) and not lines[at].strip():
                at += 1
            kept += [""] * max(blanks, at - region.last)
    kept += lines[at:]
    made = "\n".join(kept).rstrip("\n") + "\n"
    try:
        ast.parse(made)
    except SyntaxError as error:
        raise _wrong(name, error.lineno or 0, f"what is left of the exercise is not Python ({error.msg})") from None
    return made


def generate(book: Workbook) -> dict[Path, str]:
    """Every exercise of the workbook: where it belongs, and its text."""
    return {
        book.exercises / path.relative_to(book.solutions): starter(path.read_text(encoding="utf-8"), path.name)
        for path in sorted(book.solutions.glob(GENERATED))
    }


def differing(book: Workbook) -> dict[Path, str]:
    """Every exercise that is not, byte for byte, what its solution makes, and why."""
    made = generate(book)
    found = {path: "has no solution" for path in sorted(book.exercises.glob(GENERATED)) if path not in made}
    for path, text in made.items():
        if not path.is_file():
            found[path] = "is missing"
        elif path.read_bytes() != text.encode():
            found[path] = "differs from what its solution makes"
    return found


def write(book: Workbook, paths: Iterable[Path], overwrite: bool) -> dict[Path, str]:
    """Write those of `paths` that are missing; with `overwrite` the others too, after a copy. Returns what still differs."""
    made = generate(book)
    for path in paths:
        if path.exists() and overwrite:
            _keep(book, path)
        if path in made and (overwrite or not path.exists()):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(made[path].encode())
    return differing(book)


def is_not_started(source: str, starter: str) -> bool:
    """Whether `source` is the starter still: the same syntax tree, so that comments and blank lines do not count."""
    try:
        return ast.dump(ast.parse(source)) == ast.dump(ast.parse(starter))
    except (SyntaxError, ValueError):
        return False


def _keep(book: Workbook, path: Path) -> None:
    """Move a file to `.twitterlab/kept`, beside what was kept of it before."""
    place = book.state / KEPT / path.relative_to(book.root)
    place.parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while (copy := place.with_name(f"{place.name}.{number}")).exists():
        number += 1
    path.replace(copy)


def _regions(source: str, name: str) -> Iterator[_Region]:
    begun: tuple[int, str, str] | None = None
    for number, before, comment in _comments(source, name):
        if not LOOKS_LIKE_A_MARKER.match(comment):
            continue
        begin, end = BEGIN.fullmatch(comment), END.fullmatch(comment)
        if before.strip():
            raise _wrong(name, number, "a marker stands alone on its line")
        if not begin and not end:
            raise _wrong(name, number, "a marker is `# BEGIN SOLUTION`, `# BEGIN SOLUTION: hint` or `# END SOLUTION`")
        if begin and begun:
            raise _wrong(name, number, f"a region begins inside the region of line {begun[0]}")
        if end and not begun:
            raise _wrong(name, number, "a region ends that did not begin")
        if begin:
            begun = number, before, begin["hint"] or ""
        elif begun:
            yield _Region(begun[0], number, begun[1], begun[2])
            begun = None
    if begun:
        raise _wrong(name, begun[0], "the region that begins here has no end")


def _comments(source: str, name: str) -> Iterator[tuple[int, str, str]]:
    """Line number, what stands before, and text of each comment; what looks like one inside a string is none."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.line[: token.start[1]], token.string
    except (tokenize.TokenError, SyntaxError) as error:
        raise BadInput(f"{name} is not Python: {error}", "Mend the solution.") from None


def _pop_blanks(lines: list[str]) -> int:
    """Take the blank lines off the end. Returns how many."""
    blanks = 0
    while lines and not lines[-1].strip():
        lines.pop()
        blanks += 1
    return blanks


def _todo(region: _Region, name: str) -> list[str]:
    todo = f"{region.indent}# TODO(you): {region.hint}"
    stop = f"{region.indent}raise NotImplementedError({json.dumps(region.hint, ensure_ascii=False)})"
    if not region.indent:
        raise _wrong(name, region.first, "a hint stands inside a function; at the left margin a region just vanishes")
    if max(len(todo), len(stop)) > LINE_CHARS:
        raise _wrong(name, region.first, f"the hint makes a line of more than {LINE_CHARS} characters")
    return [todo, stop]


def _wrong(name: str, line: int, what: str) -> BadInput:
    return BadInput(f"{name}:{line}: {what}", "Mend the markers of the solution.")
