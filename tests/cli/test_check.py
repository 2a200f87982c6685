"""`twitterlab check`: what a student sees, from any folder of the workbook."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from twitterlab.course import syllabus

SLOTS = ("snowflake", "schema", "cache", "queue", "meter")


def check(book, *words, folder="exercises/week1", **environment):
    """Run `twitterlab check` in a folder of the workbook, 200 columns wide."""
    return subprocess.run(
        [sys.executable, "-m", "twitterlab", "check", *words],
        cwd=book.root / folder,
        env={**os.environ, "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_untouched_exercises_are_not_started(book):
    answer = check(book, "1")

    assert (answer.returncode, answer.stderr) == (1, "")
    assert answer.stdout.count("not started") == 5
    assert answer.stdout.splitlines()[-1] == "0 of 500"


@pytest.mark.slow
def test_the_solutions_copied_over_earn_everything(book, solve):
    for slot in SLOTS:
        solve(slot)

    answer = check(book, "1")

    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.splitlines()[-1] == "500 of 500"


def test_a_failed_check_says_everything_there_is_to_know(book, solve):
    solve("snowflake", "return Wait(self._last_ms + 1)", "self._sequence = 0")

    answer = check(book, "snowflake")

    assert answer.returncode == 1
    assert answer.stdout.splitlines()[-1] == "80 of 100"
    for said in (
        "✗   0 of 20  The 4,097th id in one millisecond does not collide",
        "expected  Wait(until_ms=1288835974658)",
        "happened  the answer was 4194304004096, an id it had made before",
        "your line exercises/week1/day1_snowflake.py:",
        "example   next_id(1288835974657) for the 4,097th time",
        ": return made",
        "read      law 3, docs/week1/day1-snowflake.md#laws",
    ):
        assert said in answer.stdout


def test_a_part_of_the_points_is_a_part_of_the_points(book, solve):
    solve("meter", "self._errors += not ok", "self._errors += 0")

    answer = check(book, "1.5", "--json")

    (day,) = json.loads(answer.stdout)["days"]
    assert 0 < day["earned"] == sum(verdict["earned"] for verdict in day["verdicts"]) < 100


def test_json_is_one_document_and_nothing_else(book, solve):
    solve("meter")

    answer = check(book, "1", "--json", "--seed", "7")

    document = json.loads(answer.stdout)
    assert (answer.returncode, answer.stderr) == (1, "")
    assert (document["points"], document["earned"], document["seed"]) == (500, 100, 7)
    assert [day["day"] for day in document["days"]] == ["1.1", "1.2", "1.3", "1.4", "1.5"]


def test_a_console_that_knows_few_letters_shows_the_rest(book, solve):
    solve("meter")

    answer = check(book, "meter", PYTHONIOENCODING="ascii")

    assert (answer.returncode, answer.stderr) == (0, "")
    assert "?  25 of 25  A quantile is within 1 % of the exact one" in answer.stdout


def test_nothing_named_is_the_next_unfinished_day(book, solve):
    for slot in ("snowflake", "schema"):
        solve(slot)

    said = [check(book).stdout.splitlines() for _ in range(3)]

    assert [lines[0].split(" · ")[0] for lines in said] == ["1.1 snowflake", "1.2 schema", "1.3 cache"]
    assert said[2][0].endswith(": not started")


def test_once_every_day_is_done_nothing_is_next(book):
    book.state.mkdir()
    days = {entry.day_id: {"best": 100, "points": 100} for entry in syllabus.entries(book)}
    (book.state / "progress.json").write_text(json.dumps({"schema": 1, "days": days}))

    answer = check(book)

    assert (answer.returncode, "Every day is done" in answer.stdout) == (0, True)


@pytest.mark.parametrize("folder", [".", "weeks", "exercises/week1"])
def test_any_folder_of_the_workbook_will_do(book, folder):
    assert check(book, "all", folder=folder).returncode == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("9",), "there is no day or part '9'"),
        (("cahce",), "Did you mean cache?"),
        (("1", "--seed", "x"), "--seed"),
        (("1", "--sed"), "--sed"),
    ],
)
def test_what_is_typed_wrongly_is_one_line(book, words, said):
    answer = check(book, *words)

    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (2, "", 1)
    assert said in answer.stderr


def test_a_syntax_error_is_one_line_with_its_place(book, solve):
    solve("cache", "        key = key_of(entry)\n", "        key = = key_of(entry)\n")

    answer = check(book, "1")

    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (2, "", 1)
    line = next(
        n
        for n, text in enumerate((book.exercises / "week1/day3_cache.py").read_text().splitlines(), 1)
        if "= =" in text
    )
    assert f"exercises/week1/day3_cache.py:{line}: invalid syntax" in answer.stderr


def test_outside_a_workbook_is_one_line(tmp_path):
    answer = subprocess.run(
        [sys.executable, "-m", "twitterlab", "check"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )

    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (2, "", 1)
    assert "not inside a workbook" in answer.stderr


def test_progress_keeps_the_best_score(book, solve):
    solve("meter")
    check(book, "meter")
    solve("meter", "self._errors += not ok", "self._errors += 0")

    check(book, "meter")

    kept = json.loads((book.state / "progress.json").read_text())
    assert kept["days"] == {"1.5": {"best": 100, "points": 100}}


def test_the_command_itself_loads_nothing_heavy(book, solve):
    program = "import sys; from twitterlab.cli.app import run; run(['check', '1.2']); print(sorted(sys.modules), file=sys.stderr)"
    solve("schema")

    answer = subprocess.run([sys.executable, "-c", program], cwd=book.root, capture_output=True, text=True, timeout=60)

    assert "100 of 100" in answer.stdout
    for heavy in ("pytest", "hypothesis", "fakeredis", "redis", "numpy", "textual", "asyncio"):
        assert f"'{heavy}'" not in answer.stderr


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "wait4"), reason="processor time of children is measured on POSIX")
@pytest.mark.parametrize(
    ("what", "bound_s"), [("1", 6.0), ("1.1", 2.0), ("1.2", 2.0), ("1.3", 2.0), ("1.4", 2.0), ("1.5", 2.0)]
)
def test_checking_costs_little(book, solve, what, bound_s):
    import resource

    for slot in SLOTS:
        solve(slot)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)

    assert check(book, what).returncode == 0

    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < bound_s
