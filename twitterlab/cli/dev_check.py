"""`twitterlab dev check`: everything that must hold before a commit, one line a step."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

INSTALL = "uv pip install -e '.[dev]'   (or: pip install -e '.[dev]')"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to hold: the module it needs, and what follows `python`. A site is built from a copy."""

    name: str
    tool: str
    words: tuple[str, ...]
    is_site: bool = False


def _module(name: str, tool: str, words: str, is_site: bool = False) -> Step:
    return Step(name, tool, ("-m", tool, *words.split()), is_site)


STEPS = (
    _module("format", "ruff", "format --check --quiet ."),
    _module("lint", "ruff", "check --quiet ."),
    _module("types", "mypy", "--no-error-summary"),
    Step(
        "import contracts",
        "importlinter",
        ("-c", "from importlinter.cli import lint_imports_command as lint; lint(['--no-logo'])"),
    ),
    _module("exercises", "twitterlab", "dev starters --check"),
    _module("reference pages", "twitterlab", "dev docs --check"),
    _module("site by mkdocs", "mkdocs", "build --strict", is_site=True),
    _module("site by zensical", "zensical", "build --strict --clean", is_site=True),
)
"""In the order of their cost."""


def check(
    fast: Annotated[bool, typer.Option("--fast", help="Leave out the builds of the site.")] = False,
) -> None:
    """Check form, types, import contracts, generated files, and that the site builds; exit 1 where a step fails.

    Example: twitterlab dev check --fast
    """
    from importlib.util import find_spec
    from tempfile import TemporaryDirectory

    from twitterlab.course import workbook
    from twitterlab.errors import BadInput

    root = workbook.find().root
    if not (root / "mkdocs.yml").is_file():
        raise BadInput(f"{root} is a student's workbook", "Run this in a clone of the course's repository.")
    steps = [step for step in STEPS if not (fast and step.is_site)]
    missing = sorted({step.tool for step in steps if find_spec(step.tool) is None})
    if missing:
        typer.echo(f"twitterlab: {', '.join(missing)} not installed. Run: {INSTALL}", err=True)
        raise typer.Exit(2)
    with TemporaryDirectory() as folder:
        copy = Path(folder)
        _copy_site(root, copy)
        failed = [step.name for step in steps if not _holds(step, copy if step.is_site else root)]
    if failed:
        raise typer.Exit(1)


def _holds(step: Step, where: Path) -> bool:
    """Run it and say so; of a step that fails, all that it said."""
    import os
    import subprocess
    import sys

    command = [sys.executable, *step.words]
    plain = os.environ | {"NO_COLOR": "1", "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=where, env=plain, capture_output=True, text=True, check=False)
    typer.echo(f"{'ok    ' if done.returncode == 0 else 'FAILED'}  {step.name}")
    if done.returncode != 0:
        typer.echo((done.stdout + done.stderr).rstrip())
    return done.returncode == 0


def _copy_site(root: Path, folder: Path) -> None:
    """The site's sources: zensical builds beside its configuration, and a check writes nothing into the workbook."""
    import shutil

    shutil.copy(root / "mkdocs.yml", folder)
    shutil.copytree(root / "docs", folder / "docs")
