"""Student code is graded whatever it does: in bounded time, alone, and not by its own word."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from twitterlab.course.grader import grade
from twitterlab.course.limits import Limits
from twitterlab.course.syllabus import resolve

SHORT = Limits(wall_s=1.5, cpu_s=5, memory_mb=400)
HERE = "        if not 0 <= tweet_id < 1 << 63:\n"
"""In decode of the solution of day 1.1. What is put before it runs in the second check only, on id -1."""


@pytest.fixture
def misbehave(book, solve):
    """Grades a right snowflake that runs some code in its second check, and returns that check's verdict."""

    def run(code):
        lines = ["if tweet_id == -1:", *(f"    {line}" for line in code.splitlines())]
        entry = solve("1.1", HERE, "".join(f"        {line}\n" for line in lines) + HERE)
        first, second, *others = grade(book, [entry], limits=SHORT).days[0].verdicts
        assert all(verdict.outcome == "passed" for verdict in (first, *others)), "the other checks are not concerned"
        return second

    return run


def test_an_exception_shows_the_line_that_raised_and_the_call(misbehave):
    verdict = misbehave("raise KeyError('x')")

    assert (verdict.outcome, verdict.happened) == ("error", "KeyError: 'x'")
    assert verdict.counterexample == "decode(tweet_id=-1)"
    assert verdict.line.endswith(": raise KeyError('x')")


@pytest.mark.slow
@pytest.mark.parametrize("code", ["while True:\n    pass", "import time\ntime.sleep(1000)"])
def test_what_hangs_is_stopped_and_named(misbehave, code):
    verdict = misbehave(code)

    assert verdict.outcome == "timeout"
    assert verdict.happened.startswith("Your snowflake did not come back within 1.5 s")
    assert code.splitlines()[-1].strip() in verdict.line or "while True" in verdict.line


@pytest.mark.slow
def test_a_day_that_hangs_at_every_check_is_given_up(book, solve):
    hanging = solve("1.1", "        self._machine = machine\n", "        while True:\n            pass\n")
    other = solve("1.5")

    found = grade(book, [hanging, other], limits=SHORT)

    assert [verdict.outcome for verdict in found.days[0].verdicts] == ["timeout"] * 3 + ["skipped"] * 3
    assert found.earned == 100, "the other day is not concerned"


@pytest.mark.slow
def test_an_endless_loop_that_ignores_every_signal_is_stopped(misbehave):
    ignore = (
        "import signal\nfor number in set(signal.valid_signals()) - {9, 19}:\n    signal.signal(number, signal.SIG_IGN)"
    )

    assert misbehave(f"{ignore}\nwhile True: pass").outcome == "timeout"


def test_a_memory_hog_is_stopped_and_named(misbehave):
    verdict = misbehave("self.kept = []\nwhile True:\n    self.kept.append('x' * 1_000_000 + str(len(self.kept)))")

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
def test_what_ends_early_is_an_error_that_says_how(misbehave, code, happened):
    verdict = misbehave(code)

    assert (verdict.outcome, verdict.happened) == ("error", happened)


def test_a_part_may_print_as_much_as_it_likes(misbehave):
    verdict = misbehave("print('x' * 100_000_000)\nprint('the end')\nraise KeyError")

    assert verdict.happened == "KeyError"
    assert verdict.printed.endswith("xx\nthe end\n")
    assert len(verdict.printed) <= 2_000


def test_closing_every_file_earns_nothing(misbehave):
    assert misbehave("import os\nos.closerange(0, 1024)").earned == 0


def test_what_a_part_writes_to_the_pipe_is_no_verdict(misbehave):
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

    verdict = misbehave(forged.strip())

    assert (verdict.outcome, verdict.earned) == ("failed", 0)


def test_a_fork_has_nothing_to_say(misbehave):
    assert misbehave("import os\nif os.fork() == 0:\n    raise KeyError\nreturn 0").outcome == "failed"


@pytest.fixture
def held(tmp_path):
    """A lock: what a part does to take it, and an assertion that nobody holds it any more."""
    fcntl = pytest.importorskip("fcntl")
    lock, taken = tmp_path / "lock", tmp_path / "taken"
    lock.touch()
    take = f"import fcntl, time\nfile = open({str(lock)!r})\nfcntl.flock(file, 2)\nopen({str(taken)!r}, 'w')\ntime.sleep(1000)"

    def is_free():
        with lock.open() as file:
            waiter = threading.Thread(target=fcntl.flock, args=(file, fcntl.LOCK_EX), daemon=True)
            waiter.start()
            waiter.join(20)
            return taken.exists() and not waiter.is_alive()

    return take, taken, is_free


def test_a_process_left_behind_is_ended(misbehave, held):
    take, taken, is_free = held
    fork = "\n".join(f"    {line}" for line in take.splitlines())

    misbehave(f"import os\nif os.fork() == 0:\n{fork}\nwhile not os.path.exists({str(taken)!r}):\n    pass\nreturn 0")

    assert is_free()


def test_a_child_ends_with_its_parent(book, solve, held):
    take, taken, is_free = held
    solve("1.1", HERE, "".join(f"        {line}\n" for line in take.splitlines()) + HERE)
    command = [sys.executable, "-m", "twitterlab", "check", "1.1"]

    with subprocess.Popen(command, cwd=book.root, stdout=subprocess.DEVNULL) as parent:
        while not taken.exists():
            assert parent.poll() is None
        parent.kill()

    assert is_free()


def test_a_part_sees_neither_our_environment_nor_our_folder(misbehave, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_CLASS", "42")

    verdict = misbehave(
        "import os\nraise KeyError('SECRET_OF_THE_CLASS' in os.environ, set(os.listdir()) - {'.hypothesis'})"
    )

    assert verdict.happened == "KeyError: (False, set())"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are listed by /proc, on Linux")
def test_a_part_inherits_no_open_file_but_the_pipe(misbehave, tmp_path):
    with (tmp_path / "ours").open("w") as ours:
        import os

        os.set_inheritable(ours.fileno(), True)
        verdict = misbehave("import os\nraise KeyError(len(os.listdir('/proc/self/fd')))")

    assert verdict.happened == "KeyError: 6"  # the three streams, a pipe each way, and the listing itself


@pytest.mark.parametrize(
    ("day_id", "old", "absent"),
    [
        (
            "1.2",
            "    def queries(self) -> Queries:\n",
            {"pytest", "hypothesis", "fakeredis", "redis", "numpy", "typer"},
        ),
        ("1.3", "        key = key_of(entry)\n", {"pytest", "hypothesis", "numpy", "valkey", "typer"}),
    ],
)
def test_a_check_loads_no_more_than_it_needs(book, solve, day_id, old, absent):
    raising = f"        import sys\n        raise KeyError(set(sys.modules) & {absent})\n"
    entry = solve(day_id, old, old + raising)

    assert grade(book, [entry]).days[0].verdicts[0].happened == "KeyError: set()"


@pytest.mark.parametrize(
    "name", ["solutions.week1.day1_snowflake", "weeks.week1.checks.day1_snowflake", "twitterlab.course.checks"]
)
def test_a_part_does_not_import_answers_or_checks(book, name):
    entry = resolve(book, "1.1")[0]
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
def test_a_part_that_cannot_be_loaded_says_so_once(book, solve, code, outcome):
    entry = solve("1.1")
    entry.exercise(book).write_text(entry.exercise(book).read_text() + f"\n{code}\n")
    other = solve("1.5")

    found = grade(book, [entry, other], limits=SHORT)

    assert [verdict.outcome for verdict in found.days[0].verdicts] == [outcome, *["skipped"] * 5]
    assert found.earned == 100, "the other day is not concerned"


def test_a_part_is_loaded_afresh_for_every_check(misbehave):
    code = "import sys\nmodule = sys.modules[type(self).__module__]\nassert not hasattr(module, 'used')\nmodule.used = True"

    assert misbehave(f"{code}\nraise KeyError('once')").happened == "KeyError: 'once'"


def test_nothing_is_left_in_the_temporary_folder(book, solve, tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))

    grade(book, [solve("1.1")])

    assert list(Path(folder).iterdir()) == []


@pytest.mark.parametrize("whose", ["fails", "hangs"])
@pytest.mark.slow
def test_a_check_whose_parent_did_not_pass_is_skipped_and_says_what_to_mend(book, solve, whose):
    wrong = "        self._sequence += 1\n"
    instead = "" if whose == "fails" else "        while now_ms > 0:\n            pass\n"
    entry = solve("1.1", wrong, instead)

    verdicts = {verdict.check: verdict for verdict in grade(book, [entry], limits=SHORT).days[0].verdicts}

    parent, child = verdicts["ids_rise"], verdicts["a_full_millisecond_waits"]
    assert parent.outcome == ("failed" if whose == "fails" else "timeout")
    assert (child.outcome, child.earned) == ("skipped", 0)
    assert child.happened == f"first mend “{parent.claim}”"
