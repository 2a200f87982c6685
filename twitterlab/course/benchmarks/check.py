"""Benchmark of a check: the reference of day 1.1 graded in its child, and a cold pytest with nothing to do."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from twitterlab.course import syllabus
from twitterlab.course.benchmarks.contest import Contest
from twitterlab.course.grader import grade
from twitterlab.course.workbook import Workbook


@contextmanager
def prepare(book: Workbook, is_short: bool) -> Iterator[Contest]:
    (entry,) = syllabus.resolve(book, "1.1")
    failed = sum(one.outcome != "passed" for day in grade(book, [entry], "solutions").days for one in day.verdicts)
    with tempfile.TemporaryDirectory(prefix="twitterlab-check-") as folder:
        (Path(folder) / "test_nothing.py").write_text("def test_nothing():\n    pass\n", "utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_nothing.py"]

        def bare() -> None:
            subprocess.run(command, check=True, cwd=folder, capture_output=True)

        yield Contest(lambda: grade(book, [entry], "solutions"), bare, counts={"checks failed": failed})
