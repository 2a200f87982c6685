"""`twitterlab doctor`."""

from __future__ import annotations

import json
import subprocess
import sys


def doctor(*words):
    return subprocess.run(
        [sys.executable, "-m", "twitterlab", "doctor", *words], capture_output=True, text=True, timeout=60
    )


def test_json_is_one_document_that_agrees_with_the_exit_code():
    answer = doctor("--json")
    said = json.loads(answer.stdout)
    assert answer.returncode == (0 if said["works"] else 1)
    assert {"name", "is_there", "found", "needed", "next_step"} == set(said["lines"][0])


def test_it_says_in_words_that_the_course_works_here():
    answer = doctor()
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.splitlines()[-1] == "The course works here."
    assert any(line.startswith("ok") and "sqlite" in line for line in answer.stdout.splitlines())
