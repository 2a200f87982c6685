"""Simulating from the command line."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

WRONG = """
import random
import time
from twitterlab.stage.scenarios.primary_backup import PrimaryBackup


class Wrong(PrimaryBackup):
    def build(self, world):
        super().build(world)
        world.emit("wrong", value={VALUE})


SCENARIO = Wrong(is_early=False)
"""


def twitterlab(*words, cwd):
    command = [sys.executable, "-m", "twitterlab", *map(str, words)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=cwd, check=False)
    assert "Traceback" not in answer.stderr, answer.stderr
    return answer


def test_a_failure_is_found_kept_replayed_and_made_small(tmp_path):
    found = twitterlab("simulate", "primary-backup-early-ack", "--seed", 56, cwd=tmp_path)
    folder = tmp_path / "runs" / "primary-backup-early-ack-seed56"
    again = twitterlab("replay", folder, cwd=tmp_path)
    by_seed = twitterlab("replay", 56, "--scenario", "primary-backup-early-ack", "--json", cwd=tmp_path)
    small = twitterlab("shrink", folder, cwd=tmp_path)
    judged = twitterlab("verify", folder / "history.jsonl", "--model", "kv", cwd=tmp_path)

    assert (found.returncode, again.returncode, by_seed.returncode, small.returncode, judged.returncode) == (
        1,
        1,
        1,
        0,
        1,
    )
    assert "broken: linearizable" in found.stdout and f"twitterlab replay runs/{folder.name}" in found.stdout
    assert again.stderr == ""
    assert json.loads(by_seed.stdout)["trace_sha256"] == json.loads((folder / "case.json").read_text())["trace_sha256"]
    assert (tmp_path / "runs" / f"{folder.name}-small" / "history.html").is_file()


def test_many_seeds_as_one_document(tmp_path):
    answer = twitterlab("simulate", "primary-backup-early-ack", "--seeds", "50..60", "--json", cwd=tmp_path)

    document = json.loads(answer.stdout)
    assert answer.returncode == 1
    assert [found["seed"] for found in document["violations"]] == [56]
    assert {"schema", "figures", "trace_sha256", "trace_events", "versions"} <= set(document)


def test_a_plan_of_ones_own_is_followed(tmp_path):
    plan = {"heal_ms": 5000, "until_ms": 15000, "faults": [{"at_ms": 10, "fault": "Crash", "targets": ["primary"]}]}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    answer = twitterlab("simulate", "primary-backup", "--faults", "plan.json", cwd=tmp_path)
    assert answer.returncode == 0
    assert "1 faults" in answer.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "value", ["next(iter({'a', 'b', 'c', 'd'}))", "time.time()", "random.random()", "id(object())"]
)
def test_what_depends_on_more_than_the_seed_is_named(tmp_path, value):
    (tmp_path / "wrong.py").write_text(WRONG.replace("{VALUE}", value))
    answer = twitterlab("simulate", "wrong.py", "--twice", cwd=tmp_path)
    assert answer.returncode == 1
    assert "differs" in answer.stdout and '"kind":"wrong"' in answer.stdout


@pytest.mark.parametrize(
    "words",
    [("simulate", "nope"), ("simulate", "primary-backup", "--seeds", "9..1"), ("simulate", "primary-backup", "--seeds", "x"),
     ("simulate", "primary-backup", "--faults", "nope.json"), ("replay", "nope"), ("replay", "7"), ("shrink", "nope"), ("simulate", "week", "99"), ("simulate", "primary-backup", "--mine"),
     ("simulate", "primary-backup", "--twice", "--seeds", "0..3"), ("simulate", "primary-backup", "--seeds", "0..3", "--out", "x"),
     ("simulate",)],
)  # fmt: skip
def test_bad_input_is_one_line_and_exit_code_2(tmp_path, words):
    answer = twitterlab(*words, cwd=tmp_path)
    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (2, "", 1)
