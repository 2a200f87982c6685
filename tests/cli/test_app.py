"""What a student types."""

from __future__ import annotations

import json
import subprocess
import sys


def twitterlab(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "twitterlab", *words], capture_output=True, text=True, timeout=120)


def test_weeks_names_every_part():
    answer = twitterlab("weeks")
    assert answer.returncode == 0
    assert all(slot in answer.stdout for slot in ("snowflake", "schema", "cache", "queue", "meter"))


def test_week_1_runs_and_loses_nothing(tmp_path):
    answer = twitterlab("week", "1", "--users", "50", "--engine", "memory", "--out", str(tmp_path / "out"))
    assert answer.returncode in (0, 1), answer.stderr  # 1: a busy machine can miss a latency target
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    measured = {figure["name"]: figure["measured"] for figure in report["figures"]}
    assert measured["lost_deliveries"] == measured["repeated_deliveries"] == 0


def test_what_is_wrong_takes_one_line_and_exit_code_2():
    answer = twitterlab("week", "9")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.splitlines()[-1].startswith("twitterlab: there is no week 9")
    assert "Traceback" not in answer.stderr


def test_a_place_that_cannot_be_written_takes_one_line():
    answer = twitterlab("week", "1", "--users", "20", "--seconds", "1", "--engine", "memory", "--out", "/dev/null/x")
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr
    assert answer.stderr.splitlines()[-1].startswith("twitterlab: /dev/null")
