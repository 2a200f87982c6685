"""The reference pages of the site, made from the code: the parts and their laws, the commands, the syllabus.

They are committed, so that they can be read in the repository, and never edited: `twitterlab dev docs` writes them.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from twitterlab.course import manual, syllabus
from twitterlab.course.benchmarks.catalogue import BENCHMARKS
from twitterlab.course.loads import LOADS
from twitterlab.course.syllabus import Entry
from twitterlab.course.workbook import Workbook
from twitterlab.parts import Slot

NOTICE = "<!-- Written by `twitterlab dev docs`. Edit the code, not this page. -->"


def generate(book: Workbook, commands: Any) -> dict[Path, str]:
    """Every reference page by its path. `commands` is the tree of commands to describe."""
    entries = syllabus.entries(book)
    pages = {
        "parts.md": _parts(entries),
        "cli.md": manual.page(commands),
        "syllabus.md": _syllabus(entries),
        "benchmarks.md": _benchmarks(),
    }
    return {book.docs / "reference" / name: f"{NOTICE}\n\n{text.strip()}\n" for name, text in pages.items()}


def _benchmarks() -> str:
    of_loads = (
        (f"`{load.name}`", load.claim, f"{load.users:,}", f"{load.seconds:g} s" if load.seconds else "")
        for load in LOADS.values()
    )
    of_parts = (
        (f"`{one.name}`", one.ours, one.yardstick, f"{one.least:g}", _counts(one.most), one.clock)
        for one in BENCHMARKS.values()
    )
    return "\n\n".join((
        "# List of benchmarks",
        "What `twitterlab bench NAME` knows. How to read them: [Benchmarks](../benchmarks.md).",
        "## Loads",
        _table(("name", "question", "people", "for"), of_loads),
        "## Beside a yardstick",
        "The ratio is our rate divided by the yardstick's, both measured in turns in one run. Counts are exact on every "
        "machine.",
        _table(("name", "ours", "yardstick", "ratio at least", "counts at most", "clock"), of_parts),
    ))  # fmt: skip


def _counts(most: Mapping[str, float]) -> str:
    return "; ".join(f"{name}: {bound:g}" for name, bound in most.items()) or "none"


def differing(pages: Mapping[Path, str]) -> dict[Path, str]:
    """The pages that are missing or not as generated."""
    return {path: text for path, text in pages.items() if not path.is_file() or path.read_text("utf-8") != text}


def write(pages: Mapping[Path, str]) -> None:
    """Write the pages, and their folder where there is none."""
    for path, text in pages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def _parts(entries: tuple[Entry, ...]) -> str:
    return "\n\n".join((
        "# Parts",
        "A part is what you build in a day. Its contract is a Python `Protocol` with numbered laws; the checks hold your "
        "part to these laws and to nothing else. Where no part is plugged in, the *null part* stands.",
        _table(
            ("slot", "you write", "contract", "null part", "called by"),
            (
                (f"[{e.slot.name}](#{e.slot.name})", f"`{e.slot.part}`", f"`{e.slot.contract}`", f"`{e.slot.null_part}`", e.slot.called_by)
                for e in entries
            ),
        ),
        *(_part(entry) for entry in entries),
    ))  # fmt: skip


def _part(entry: Entry) -> str:
    slot = entry.slot
    module = importlib.import_module(slot.module)
    source = inspect.getsource(module)
    about, _, laws = _doc(getattr(module, slot.contract)).partition("Laws:\n")
    lesson = f"../week{slot.week}/{entry.stem.replace('_', '-')}.md"
    return "\n\n".join((
        f"## {slot.name}",
        f"Day [{entry.day_id}]({lesson}) · `exercises/{slot.file}` · `{slot.module}`",
        _doc(module).partition("\n")[2].strip(),
        f"### `{slot.contract}`",
        about.strip(),
        "**Laws**",
        inspect.cleandoc(laws),
        _listing(_methods(source, slot)),
        f"Null part `{slot.null_part}`: {_lower(_doc(getattr(module, slot.null_part)).removeprefix('Null part: '))}",
        f"### Nouns of {slot.name}",
        _listing(_nouns(source, slot)),
    ))  # fmt: skip


def _methods(source: str, slot: Slot) -> str:
    """The contract's class without its docstring."""
    found = next(
        node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == slot.contract
    )
    methods = (ast.get_source_segment(source, node, padded=True) or "" for node in found.body[1:])
    return f"class {slot.contract}(Protocol):\n" + "\n\n".join(methods)


def _nouns(source: str, slot: Slot) -> str:
    """What else the module defines: values and types that the contract speaks of."""
    hidden = (slot.contract, slot.null_part)
    lines = source.splitlines()
    told = ""
    for node in ast.parse(source).body[1:]:
        if isinstance(node, ast.ImportFrom | ast.Import) or getattr(node, "name", "") in hidden:
            continue
        first = min([node.lineno, *(mark.lineno for mark in getattr(node, "decorator_list", ()))])
        space = "\n\n" if isinstance(node, ast.ClassDef) else ""
        told += "\n".join((space, *lines[first - 1 : node.end_lineno])) + space
    return re.sub(r"\n{4,}", "\n\n\n", told).strip()


def _syllabus(entries: tuple[Entry, ...]) -> str:
    parts = ["# Syllabus", "What is written so far, week by week: days, points, and what the week's system must reach."]
    for number, days in groupby(entries, key=lambda entry: entry.week.number):
        parts.extend(_week(number, tuple(days)))
    return "\n\n".join(parts)


def _week(number: int, days: tuple[Entry, ...]) -> Iterator[str]:
    week = days[0].week
    yield f"## Week {number}: {week.title}"
    yield f"{week.summary} {week.users:,} people, {sum(entry.points for entry in days)} points."
    yield _table(
        ("day", "part", "title", "points", "libraries"),
        (
            (f"[{e.day_id}](../week{number}/{e.stem.replace('_', '-')}.md)", f"[{e.slot.name}](parts.md#{e.slot.name})",
             e.day.title, str(e.points), ", ".join(e.day.libraries) or "none")
            for e in days
        ),
    )  # fmt: skip
    yield f"`twitterlab week {number}` measures these figures against their targets:"
    yield _table(
        ("figure", "target"),
        ((f"`{name}`", f"{target.comparison} {target.bound:,g}") for name, target in week.targets.items()),
    )


def _table(headings: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = (headings, ("---",) * len(headings), *rows)
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


def _listing(code: str) -> str:
    return f"```python\n{code.rstrip()}\n```"


def _doc(thing: object) -> str:
    return inspect.getdoc(thing) or ""


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
