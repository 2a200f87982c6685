"""`twitterlab dev mutants` prints both scores and fails where a check is not proven."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from twitterlab.course.workbook import packaged


@pytest.fixture
def course(tmp_path):
    """Weeks and solutions that may be altered."""
    original = packaged()
    for room in ("weeks", "solutions"):
        shutil.copytree(original.root / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(original.root / "workbook.toml", tmp_path)
    return tmp_path


def mutants(course, *words):
    return subprocess.run(
        [sys.executable, "-m", "twitterlab", "dev", "mutants", *words],
        cwd=course,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_named_mutants_are_counted_and_a_blunted_check_is_found_out(course):
    checks = course / "weeks/week1/checks/day1_snowflake.py"
    whole = '((1, Wait(NOW_MS)), (5_000, Wait(NOW_MS)), (5_001, "Refused"))'
    assert whole in checks.read_text()
    checks.write_text(checks.read_text().replace(whole, '((5_001, "Refused"),)'))

    blunt = mutants(course, "snowflake")

    assert (blunt.returncode, blunt.stderr) == (1, "")
    *told, score = blunt.stdout.splitlines()
    assert "1.1 law 4  a short step back is refused: MISSED: laws that failed: none" in told
    assert f"{sum(line.endswith(': caught') for line in told)} of {len(told)} named mutants are caught" in score


@pytest.mark.slow
def test_a_machine_made_survivor_without_a_reason_is_named_and_fails(course):
    (course / "weeks/week1/mutants/survivors.toml").write_text("")
    bare = mutants(course, "1.1", "--machine", "all")

    assert bare.returncode == 1
    assert "`self._sequence = 0` -> `self._sequence = (1)`: SURVIVED: no check failed" in bare.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--machine", "none"], "is no number of mutants"),
        (["1.9"], "no day or part"),
        (["--machine", "0"], "no number"),
    ],
)
def test_what_is_typed_wrongly_is_one_line(course, words, said):
    answer = mutants(course, *words)

    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (2, "", 1)
    assert said in answer.stderr


def test_where_mutants_are_left_out_it_says_so(course):
    shutil.rmtree(course / "weeks/week1/mutants")

    answer = mutants(course, "1.1")

    assert answer.returncode == 2
    assert "there are no mutants of 1.1 here" in answer.stderr
