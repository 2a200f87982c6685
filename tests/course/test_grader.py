"""Student code is graded whatever it does: by points, in bounded time, and not by its own word."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from twitterlab.course import syllabus
from twitterlab.course.grader import grade
from twitterlab.course.limits import Limits
from twitterlab.course.starters import starter
from twitterlab.course.workbook import Workbook, packaged
from twitterlab.errors import BadInput

SHORT = Limits(wall_s=1.5, cpu_s=5, memory_mb=400)
HERE = "        if not 0 <= tweet_id < 1 << 63:\n"
"""In decode of the solution of day 1.1. What is put before it runs in the second check only, on id -1."""


@pytest.fixture
def book(tmp_path):
    """A workbook whose exercises are all untouched."""
    original = packaged()
    for folder in ("weeks", "solutions"):
        shutil.copytree(original.root / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "workbook.toml").touch()
    book = Workbook(tmp_path, True)
    for entry in syllabus.entries(book):
        path = entry.exercise(book)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(starter(entry.solution(book).read_text(), path.name))
    return book


def day(book, day_id):
    return next(entry for entry in syllabus.entries(book) if entry.day_id == day_id)


def solve(book, day_id, old="", new=""):
    """Put the solution of a day in its exercise, with one edit."""
    entry = day(book, day_id)
    source = entry.solution(book).read_text()
    assert old in source
    entry.exercise(book).write_text(source.replace(old, new, 1) if old else source)
    return entry


def misbehave(book, code):
    """Grade a right snowflake that runs `code` in its second check."""
    lines = ["if tweet_id == -1:", *(f"    {line}" for line in code.splitlines())]
    entry = solve(book, "1.1", HERE, "".join(f"        {line}\n" for line in lines) + HERE)
    found = grade(book, [entry], limits=SHORT)
    first, second, *others = found.days[0].verdicts
    assert all(verdict.outcome == "passed" for verdict in (first, *others)), "the other checks are not concerned"
    return second


def test_untouched_exercises_are_not_started_and_nothing_is_run(book):
    found = grade(book, syllabus.entries(book))

    assert (found.earned, found.points, found.is_full) == (0, 500, False)
    assert [verdict.outcome for day in found.days for verdict in day.verdicts] == ["not_started"] * 5


def test_the_solutions_earn_all_points(book):
    found = grade(book, syllabus.entries(book), whose="solutions")

    assert (found.earned, found.points, found.is_full) == (500, 500, True)


def test_null_parts_earn_nothing(book):
    assert grade(book, syllabus.entries(book), whose="null").earned == 0


def test_verdicts_come_one_by_one_in_the_order_of_the_days(book):
    solve(book, "1.2")
    heard = []

    found = grade(book, syllabus.entries(book)[:3], on_verdict=heard.append)

    assert heard == [verdict for day in found.days for verdict in day.verdicts]
    assert [verdict.day for verdict in heard] == ["1.1", *["1.2"] * 7, "1.3"]


MISTAKES = {
    "1.1": ("a_full_millisecond_waits", "return Wait(self._last_ms + 1)", "self._sequence = 0"),
    "1.2": ("constraints_hold", "COLLATE NOCASE", ""),
    "1.3": (
        "nothing_outlives_its_lifetime",
        'pipe.lpushx(key, b"+" + member)',
        'pipe.lpushx(key, b"+" + member)\n                pipe.expire(key, 900)',
    ),
    "1.4": ("retries_back_off", "longest_ms / 2 + self._chance.random() * (longest_ms // 2)", "longest_ms"),
    "1.5": ("merging_is_recording", "self._buckets[index] += count", "self._buckets[index] = count"),
}


@pytest.mark.parametrize(("day_id", "mistake"), MISTAKES.items())
def test_a_mistake_costs_the_points_of_its_law_and_no_others(book, day_id, mistake):
    check, old, new = mistake
    found = grade(book, [solve(book, day_id, old, new)]).days[0]

    assert [verdict.check for verdict in found.verdicts if verdict.outcome != "passed"] == [check]
    assert found.earned == 100 - next(verdict.points for verdict in found.verdicts if verdict.check == check)
    assert all(verdict.earned in (0, verdict.points) for verdict in found.verdicts)


def test_a_part_hears_what_was_expected_what_happened_and_where(book):
    entry = solve(book, "1.1", "return Wait(self._last_ms + 1)", "self._sequence = 0")

    (verdict,) = (v for v in grade(book, [entry]).days[0].verdicts if v.outcome != "passed")

    assert (verdict.check, verdict.law, verdict.points, verdict.earned) == ("a_full_millisecond_waits", 3, 20, 0)
    assert verdict.expected == "Wait(until_ms=1288835974658)"
    assert verdict.happened.startswith("the answer was 4194304004096, an id it had made before")
    assert verdict.counterexample.startswith("next_id(1288835974657) for the 4,097th time")
    assert verdict.line.startswith("exercises/week1/day1_snowflake.py:")
    assert verdict.line.endswith(": return made")
    assert verdict.read == "docs/week1/day1-snowflake.md#laws"


def test_the_counterexample_is_shrunk(book):
    entry = solve(book, "1.5", "exp(index * LOG_GAMMA) * (1 - ALPHA)", "exp(index * LOG_GAMMA) * (1 + ALPHA)")

    verdict = grade(book, [entry]).days[0].verdicts[0]

    assert verdict.outcome == "failed"
    assert verdict.counterexample.count(",") == 0, "one value is enough to see it"


def test_an_exception_shows_the_line_that_raised_and_the_call(book):
    verdict = misbehave(book, "raise KeyError('x')")

    assert (verdict.outcome, verdict.happened) == ("error", "KeyError: 'x'")
    assert verdict.counterexample == "decode(tweet_id=-1)"
    assert verdict.line.endswith(": raise KeyError('x')")


@pytest.mark.parametrize("code", ["while True:\n    pass", "import time\ntime.sleep(1000)"])
def test_what_hangs_is_stopped_and_named(book, code):
    verdict = misbehave(book, code)

    assert verdict.outcome == "timeout"
    assert verdict.happened.startswith("Your snowflake did not come back within 1.5 s")
    assert code.splitlines()[-1].strip() in verdict.line or "while True" in verdict.line


def test_an_endless_loop_that_ignores_every_signal_is_stopped(book):
    ignore = (
        "import signal\nfor number in set(signal.valid_signals()) - {9, 19}:\n    signal.signal(number, signal.SIG_IGN)"
    )

    assert misbehave(book, f"{ignore}\nwhile True: pass").outcome == "timeout"


def test_a_memory_hog_is_stopped_and_named(book):
    verdict = misbehave(
        book, "self.kept = []\nwhile True:\n    self.kept.append('x' * 1_000_000 + str(len(self.kept)))"
    )

    assert verdict.outcome == "memory"
    assert verdict.happened.startswith("Your snowflake asked for more than 400 MB")
    assert "self.kept.append" in verdict.line


@pytest.mark.parametrize(
    ("code", "happened"),
    [
        ("import os\nos._exit(0)", "Your snowflake ended its process (exit code 0)"),
        ("import sys\nsys.exit(7)", "the part asked to end the process (SystemExit 7)"),
        ("raise BaseException('no more')", "BaseException: no more"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("import ctypes\nctypes.string_at(0)", "Your snowflake crashed the interpreter (signal 11)"),
        ("return self.decode(tweet_id)", "RecursionError: maximum recursion depth exceeded"),
        ("input()", "EOFError: EOF when reading a line"),
        ("open('big', 'wb').write(b'x' * 100_000_000)", "OSError: [Errno 27] File too large"),
    ],
)
def test_what_ends_early_is_an_error_that_says_how(book, code, happened):
    verdict = misbehave(book, code)

    assert (verdict.outcome, verdict.happened) == ("error", happened)


def test_a_part_may_print_as_much_as_it_likes(book):
    verdict = misbehave(book, "print('x' * 100_000_000)\nprint('the end')\nraise KeyError")

    assert verdict.happened == "KeyError"
    assert verdict.printed.endswith("xx\nthe end\n")
    assert len(verdict.printed) <= 2_000


def test_closing_every_file_earns_nothing(book):
    assert misbehave(book, "import os\nos.closerange(0, 1024)").earned == 0


def test_what_a_part_writes_to_the_pipe_is_no_verdict(book):
    forged = """
import json, os
body = json.dumps([9, {"verdict": 1, "outcome": "passed"}]).encode()
for number in range(1, 1024):
    for line in (body, b"0" * 32 + b" " + body):
        try:
            os.write(number, b"\\n" + line + b"\\n")
        except OSError:
            pass
return 0"""

    verdict = misbehave(book, forged.strip())

    assert (verdict.outcome, verdict.earned) == ("failed", 0)


def test_a_fork_has_nothing_to_say(book):
    assert misbehave(book, "import os\nif os.fork() == 0:\n    raise KeyError\nreturn 0").outcome == "failed"


def test_a_process_left_behind_is_ended(book, tmp_path):
    note = tmp_path / "alive"
    code = f"import os\nif os.fork() == 0:\n    import time\n    time.sleep(1)\n    open({str(note)!r}, 'w')\n    os._exit(0)\nreturn 0"

    misbehave(book, code)
    grade(book, [solve(book, "1.3")])  # takes longer than the process would have slept

    assert not note.exists()


def test_a_part_sees_neither_our_environment_nor_our_folder(book, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_CLASS", "42")

    verdict = misbehave(
        book, "import os\nraise KeyError('SECRET_OF_THE_CLASS' in os.environ, set(os.listdir()) - {'.hypothesis'})"
    )

    assert verdict.happened == "KeyError: (False, set())"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are listed by /proc, on Linux")
def test_a_part_inherits_no_open_file_but_the_pipe(book, tmp_path):
    with (tmp_path / "ours").open("w") as ours:
        import os

        os.set_inheritable(ours.fileno(), True)
        verdict = misbehave(book, "import os\nraise KeyError(len(os.listdir('/proc/self/fd')))")

    assert verdict.happened == "KeyError: 5"  # the three streams, the pipe, and the listing itself


@pytest.mark.parametrize(
    ("day_id", "old", "absent"),
    [
        (
            "1.2",
            "    def queries(self) -> Queries:\n",
            {"pytest", "hypothesis", "fakeredis", "redis", "numpy", "typer"},
        ),
        ("1.3", "        key = _key(entry)\n", {"pytest", "hypothesis", "numpy", "valkey", "typer"}),
    ],
)
def test_a_check_loads_no_more_than_it_needs(book, day_id, old, absent):
    raising = f"        import sys\n        raise KeyError(set(sys.modules) & {absent})\n"
    entry = solve(book, day_id, old, old + raising)

    assert grade(book, [entry]).days[0].verdicts[0].happened == "KeyError: set()"


@pytest.mark.parametrize(
    "name", ["solutions.week1.day1_snowflake", "weeks.week1.checks.day1_snowflake", "twitterlab.course.checks"]
)
def test_a_part_does_not_import_answers_or_checks(book, name):
    entry = day(book, "1.1")
    entry.exercise(book).write_text(
        f"import {name}\n" + entry.solution(book).read_text().replace("from __future__", "#")
    )

    first, *others = grade(book, [entry]).days[0].verdicts

    assert "a part does not import" in first.happened
    assert {verdict.outcome for verdict in others} == {"skipped"}


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("while True: pass", "timeout"),
        ("import nonesuch", "error"),
        ("x = [0] * 10**11", "memory"),
        ("import os; os._exit(0)", "error"),
    ],
)
def test_a_part_that_cannot_be_loaded_says_so_once(book, code, outcome):
    entry = solve(book, "1.1")
    entry.exercise(book).write_text(entry.exercise(book).read_text() + f"\n{code}\n")
    other = solve(book, "1.5")

    found = grade(book, [entry, other], limits=SHORT)

    assert [verdict.outcome for verdict in found.days[0].verdicts] == [outcome, *["skipped"] * 5]
    assert found.earned == 100, "the other day is not concerned"


def test_a_part_is_loaded_afresh_for_every_check(book):
    entry = solve(book, "1.1", "        made = self.encode(", "        COUNT.append(1)\n        made = self.encode(")
    source = entry.exercise(book).read_text()
    entry.exercise(book).write_text(
        source.replace("class Snowflake", "COUNT = []\nassert not COUNT\n\n\nclass Snowflake")
    )

    assert grade(book, [entry]).is_full


@pytest.mark.parametrize("source", ["def f(:\n", "x = '\0'\n", "if True:\nx = 1\n", "\tx\n  y\n"])
def test_a_file_that_is_not_python_is_bad_input_with_its_line(book, source):
    entry = day(book, "1.3")
    entry.exercise(book).write_text(source)

    with pytest.raises(BadInput, match=r"exercises/week1/day3_cache.py") as caught:
        grade(book, syllabus.entries(book))
    assert "\n" not in str(caught.value)


def test_a_missing_exercise_is_bad_input(book):
    day(book, "1.2").exercise(book).unlink()

    with pytest.raises(BadInput, match="is missing"):
        grade(book, syllabus.entries(book))


def test_equal_seeds_give_equal_verdicts(book):
    entry = solve(book, "1.5", "exp(index * LOG_GAMMA) * (1 - ALPHA)", "exp(index * LOG_GAMMA) * (1 + ALPHA)")

    assert grade(book, [entry], seed=5) == grade(book, [entry], seed=5)


def test_the_points_of_a_day_are_those_of_its_checks(book):
    found = grade(book, syllabus.entries(book), whose="null")

    for graded in found.days:
        assert sum(verdict.points for verdict in graded.verdicts) == graded.points == 100


def test_nothing_is_left_in_the_temporary_folder(book, tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))

    grade(book, [solve(book, "1.1")])

    assert list(Path(folder).iterdir()) == []
