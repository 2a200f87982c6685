"""Benchmark of the command line: how long its help takes, beside an interpreter that loads only what it is built on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from twitterlab.course.benchmarks.contest import Contest
from twitterlab.course.workbook import Workbook

HEAVY = ("numpy", "redis", "textual", "pytest", "rich.console", "fakeredis", "sqlite_utils", "hypothesis")
HELP = [sys.executable, "-m", "twitterlab", "--help"]
PROBE = f"""
import contextlib, io, sys
from twitterlab.cli.app import run
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    run(["--version"])
print(sum(name in sys.modules for name in {HEAVY!r}))
"""


@contextmanager
def prepare(book: Workbook, is_short: bool) -> Iterator[Contest]:
    loaded = subprocess.run([sys.executable, "-c", PROBE], check=True, capture_output=True, text=True)

    def ours() -> None:
        subprocess.run(HELP, check=True, capture_output=True)

    def bare() -> None:
        subprocess.run([sys.executable, "-c", "import typer"], check=True, capture_output=True)

    yield Contest(ours, bare, counts={"heavy modules": int(loaded.stdout.split()[-1])})
