"""`twitterlab dev`: the course is held against itself, and a student's work is never overwritten unasked."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from twitterlab.course import starters
from twitterlab.course.workbook import Workbook, packaged


@pytest.fixture
def book(tmp_path):
    """A workbook with untouched exercises."""
    original = packaged()
    for room in ("weeks", "solutions"):
        shutil.copytree(original.root / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(original.root / "workbook.toml", tmp_path)
    book = Workbook(tmp_path, True)
    starters.write(book, starters.differing(book), overwrite=False)
    return book


def dev(book, *words):
    return subprocess.run(
        [sys.executable, "-m", "twitterlab", "dev", *words],
        cwd=book.solutions,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_fresh_exercises_are_as_generated(book):
    answer = dev(book, "starters", "--check")

    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout == f"{len(starters.generate(book))} exercises are as their solutions make them.\n"


def test_check_names_what_differs_and_writes_nothing(book):
    cache, queue, gone = (
        book.exercises / "week1" / name for name in ("day3_cache.py", "day4_queue.py", "day9_gone.py")
    )
    cache.unlink()
    queue.write_text("my work")
    gone.touch()

    answer = dev(book, "starters", "--check")

    assert answer.returncode == 1
    assert answer.stdout.splitlines()[:3] == [
        "exercises/week1/day9_gone.py has no solution",
        "exercises/week1/day3_cache.py is missing",
        "exercises/week1/day4_queue.py differs from what its solution makes",
    ]
    assert not cache.exists()
    assert queue.read_text() == "my work"


def test_starters_writes_what_is_missing_and_overwrites_only_when_asked(book):
    cache, queue = (book.exercises / "week1" / name for name in ("day3_cache.py", "day4_queue.py"))
    cache.unlink()
    queue.write_text("my work")

    assert dev(book, "starters").returncode == 1
    assert cache.exists()
    assert queue.read_text() == "my work"

    assert dev(book, "starters", "--overwrite").returncode == 0
    assert starters.differing(book) == {}
    (copy,) = (book.state / "kept").rglob("day4_queue.py.*")
    assert copy.read_text() == "my work"


def test_a_wrong_marker_is_one_line_and_exit_code_2(book):
    path = book.solutions / "week1" / "day5_meter.py"
    path.write_text(path.read_text() + "# END SOLUTION\n")

    answer = dev(book, "starters", "--check")

    assert (answer.returncode, answer.stdout) == (2, "")
    assert len(answer.stderr.splitlines()) == 1
    assert f"day5_meter.py:{len(path.read_text().splitlines())}: " in answer.stderr


@pytest.mark.slow
def test_solutions_earn_everything_exercises_are_not_started_null_parts_earn_nothing(book):
    answer = dev(book, "solutions")

    assert (answer.returncode, answer.stderr) == (0, "")
    assert len(answer.stdout.splitlines()) == len(starters.generate(book))
    assert "WRONG" not in answer.stdout


@pytest.mark.slow
def test_solutions_says_which_day_is_wrong(book):
    meter = book.solutions / "week1" / "day5_meter.py"
    wrong = meter.read_text().replace("self._buckets[index] += count", "self._buckets[index] = count")
    assert wrong != meter.read_text()
    meter.write_text(wrong)
    begun = book.exercises / "week1" / "day1_snowflake.py"
    begun.write_text(begun.read_text().replace("raise NotImplementedError", "return  #"))

    answer = dev(book, "solutions")

    assert answer.returncode == 1
    lines = [line for line in answer.stdout.splitlines() if "WRONG" in line]
    assert [line[:3] for line in lines] == ["1.1", "1.5"]
    assert "exercise started" in lines[0]
    assert "solution 100 of 100" not in lines[1]
